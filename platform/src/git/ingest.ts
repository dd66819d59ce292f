import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { ulid } from 'ulid'
import { checkConnectivity } from './connectivity.ts'
import { git, GitError } from './git-process.ts'
import type { RefUpdate } from './head.ts'
import { formatBytes } from './limits.ts'
import type { Limits } from './limits.ts'
import { readNewPack } from './new-pack.ts'
import { ZERO_OID } from './object-id.ts'
import { mayHaveGitmodules } from './object-links.ts'
import type { ObjectReader } from './object-reader.ts'
import { PackBudgetError, PackError } from './pack-entry.ts'
import type { GitObject } from './pack-entry.ts'
import { writePackIndex } from './pack-index.ts'
import { parsePack } from './pack-parser.ts'
import type { NewPack } from './pack-upload.ts'
import { PushRefused } from './push-refused.ts'
import type { HeadVersion } from './repository.ts'
import { shallowFile } from './views.ts'
import type { Views } from './views.ts'

/** Packs up to this many bytes are received in process, without a spawn: every save is one. */
export const SMALL_PACK_BYTES = 1024 * 1024
/** What such a pack may unpack to, in bytes. */
const SMALL_PACK_UNPACKED = 32 * 1024 * 1024

/** A received pack, checked by itself; `connect` checks it against a repository. */
export interface Ingested extends AsyncDisposable {
  /** null for a pack without objects. */
  pack: NewPack | null
  /** Its objects; null when it was too large to be held in memory. */
  objects: Map<string, GitObject> | null
  /** Throws a `PackError` when something that the updates need is in neither the pack nor the repository. */
  connect(id: string, version: HeadVersion, existing: ObjectReader, updates: RefUpdate[]): Promise<void>
}

/** Takes a small pack apart in memory. Throws a `PackError`. */
export function ingestSmall(bytes: Buffer): Ingested {
  const { objects, index, checksum } = parsePack(bytes, SMALL_PACK_UNPACKED)
  const pack = { pack: bytes, index: writePackIndex(index, checksum), checksum, objects: objects.size }
  return {
    pack: objects.size === 0 ? null : pack,
    objects,
    connect: (_id, _version, existing, updates) => checkConnectivity(objects, updates, existing),
    async [Symbol.asyncDispose]() {},
  }
}

/** Like `ingestSmall`; null when git should have a look at the pack, or has more patience and memory for it. */
export function tryIngestSmall(bytes: Buffer): Ingested | null {
  try {
    const ingested = ingestSmall(bytes)
    return needsFsck(ingested) ? null : ingested
  } catch (error) {
    if (error instanceof PackBudgetError) return null
    throw error
  }
}

/** What git's own fsck would look at more closely than `ingestSmall` does. */
function needsFsck({ objects }: Ingested): boolean {
  for (const object of objects?.values() ?? []) {
    if (object.type === 'tag') return true
    if (object.type === 'tree' && mayHaveGitmodules(object.content)) return true
  }
  return false
}

/**
 * Spools a pack of any size through `git index-pack` in an empty scratch repository, with bounded memory and time.
 * Throws a `PackError`, or a `PushRefused` that names a limit.
 */
export async function ingestLarge(
  input: Readable | Buffer,
  folder: string,
  limits: Limits,
  views: Views,
): Promise<Ingested> {
  const scratch = await makeScratch(folder)
  try {
    // Blobs above the threshold are hashed in pieces instead of in memory.
    const args = ['-c', 'core.bigFileThreshold=16m', 'index-pack', '--stdin', '--fsck-objects', '--threads=1']
    const bounds = { memory: limits.unpackMemory, seconds: limits.unpackSeconds }
    const output = await git(args, { gitDir: scratch, input, bounds }).catch((error: unknown) => {
      throwIfLimit(error, limits)
      return asPackError(error)
    })
    // What follows the pack in the input is handed on in the output.
    const [, name = ''] = /^pack\t([0-9a-f]{40})\n$/.exec(output.toString('latin1')) ?? []
    if (name === '') throw new PackError('the pack has bytes after its end')
    const pack = await readNewPack(join(scratch, 'objects', 'pack', `pack-${name}.pack`))
    return {
      pack: pack.objects === 0 ? null : pack,
      objects: null,
      connect: (id, version, _existing, updates) =>
        views.use(id, version, (view) => connectLarge(scratch, view, version, updates)),
      [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
    }
  } catch (error) {
    await rm(scratch, { recursive: true, force: true })
    throw error
  }
}

/** An empty bare repository for one job. */
export async function makeScratch(folder: string): Promise<string> {
  const scratch = join(folder, ulid())
  await mkdir(join(scratch, 'objects', 'info'), { recursive: true })
  await mkdir(join(scratch, 'objects', 'pack'))
  await mkdir(join(scratch, 'refs'))
  await writeFile(join(scratch, 'HEAD'), 'ref: refs/heads/main\n')
  await writeFile(join(scratch, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n')
  return scratch
}

async function connectLarge(
  scratch: string,
  view: string,
  version: HeadVersion,
  updates: RefUpdate[],
): Promise<void> {
  await writeFile(join(scratch, 'objects', 'info', 'alternates'), `${join(view, 'objects')}\n`)
  if (version.head.shallow?.length) await writeFile(join(scratch, 'shallow'), shallowFile(version.head))
  const wanted = updates.flatMap(({ new: oid }) => (oid === ZERO_OID ? [] : [oid]))
  const known = [...new Set(Object.values(version.head.refs))].map((oid) => `^${oid}`)
  const input = Buffer.from([...wanted, ...known, ''].join('\n'))
  await git(['rev-list', '--objects', '--stdin', '--quiet'], { gitDir: scratch, input }).catch(asPackError)
  const branches = updates.filter(({ ref, new: oid }) => ref.startsWith('refs/heads/') && oid !== ZERO_OID)
  const targets = Buffer.from(branches.map(({ new: oid }) => `${oid}\n`).join(''))
  const types = await git(['cat-file', '--batch-check=%(objecttype)'], { gitDir: scratch, input: targets })
  types
    .toString()
    .trimEnd()
    .split('\n')
    .forEach((type, n) => {
      if (branches[n] && type !== 'commit') throw new PackError(`${branches[n].ref} needs a commit`)
    })
}

function asPackError(error: unknown): never {
  if (!(error instanceof GitError)) throw error
  const reason = /^(?:fatal|error): (.*)$/m.exec(error.stderr)?.[1] ?? 'the pack cannot be read'
  throw new PackError(reason, { cause: error })
}

/** Git says that it ran out of memory; who ran out of time was killed and says nothing. */
function throwIfLimit(error: unknown, { unpackMemory, unpackSeconds }: Limits): void {
  if (!(error instanceof GitError)) return
  if (/out of memory/i.test(error.stderr))
    throw new PushRefused(
      `An object of the push needs more than ${formatBytes(unpackMemory)} of memory to unpack, which is the limit. Keep large files elsewhere.`,
    )
  if (error.exitCode === null)
    throw new PushRefused(
      `Unpacking the push takes more than ${unpackSeconds} s of processor time, which is the limit. Push it in several steps.`,
    )
}
