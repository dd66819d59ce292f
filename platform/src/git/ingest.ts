import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { ulid } from 'ulid'
import { checkConnectivity } from './connectivity.ts'
import { git, GitError } from './git-process.ts'
import type { RefUpdate } from './head.ts'
import { ZERO_OID } from './object-id.ts'
import type { ObjectReader } from './object-reader.ts'
import { PackError } from './pack-entry.ts'
import type { GitObject } from './pack-entry.ts'
import { PackIndex, writePackIndex } from './pack-index.ts'
import { parsePack } from './pack-parser.ts'
import type { NewPack } from './pack-upload.ts'
import type { HeadVersion } from './repository.ts'
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

/** What git's own fsck would look at more closely than `ingestSmall` does. */
export function needsFsck(ingested: Ingested): boolean {
  for (const object of ingested.objects?.values() ?? []) {
    if (object.type === 'tag') return true
    if (object.type === 'tree' && object.content.includes('.gitmodules\0')) return true
  }
  return false
}

/** Spools a pack of any size through `git index-pack` in an empty scratch repository. Throws a `PackError`. */
export async function ingestLarge(
  input: Readable | Buffer,
  folder: string,
  maxBytes: number,
  views: Views,
  signal?: AbortSignal,
): Promise<Ingested> {
  const scratch = await makeScratch(folder)
  try {
    const args = ['index-pack', '--stdin', '--fsck-objects', '--threads=1', `--max-input-size=${maxBytes}`]
    const output = await git(args, { gitDir: scratch, input, signal }).catch(asPackError)
    const name = output.toString().trim().split('\t')[1] ?? ''
    const file = join(scratch, 'objects', 'pack', `pack-${name}.pack`)
    const index = await readFile(join(scratch, 'objects', 'pack', `pack-${name}.idx`))
    const { size } = await stat(file)
    const objects = new PackIndex(index).count
    return {
      pack: { pack: { file, size }, index, checksum: Buffer.from(name, 'hex'), objects },
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
