import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFamily } from './family.ts'
import { git, GitError } from './git-process.ts'
import type { Head, PackEntry } from './head.ts'
import { PackIndex } from './pack-index.ts'
import type { Remotes } from './remotes.ts'

/** What is wrong with a repository, in words for an operator. */
export interface Finding {
  kind:
    | 'no-head'
    | 'missing-pack'
    | 'missing-index'
    | 'damaged-pack'
    | 'missing-member'
    | 'broken-history'
    | 'broken-ref'
  text: string
  /** The pack or ref that it is about. */
  subject: string
}

/** Looks at everything of a repository: head, family, each pack and index byte by byte, and every object from the refs. */
export async function fsck(remotes: Remotes, id: string, signal?: AbortSignal): Promise<Finding[]> {
  const version = await remotes.repository(id).head(signal)
  if (!version)
    return [
      { kind: 'no-head', subject: id, text: `There is no repository named ${id}: it has no head.json.` },
    ]
  const { head } = version
  const findings: Finding[] = []
  const family = await readFamily(remotes.store, head.family)
  if (!family?.family.members.some((member) => member.id === id))
    findings.push({
      kind: 'missing-member',
      subject: head.family,
      text: `Its family ${head.family} does not know it: garbage collection could delete its packs.`,
    })
  for (const pack of head.packs) findings.push(...(await checkPack(remotes, pack, signal)))
  if (findings.every(({ kind }) => kind === 'missing-member'))
    findings.push(...(await checkHistory(remotes, id, signal)))
  return findings
}

/** Refs whose objects, or what those need, are not all there. */
export async function brokenRefs(view: string, head: Head, signal?: AbortSignal): Promise<string[]> {
  const broken: string[] = []
  for (const [ref, oid] of Object.entries(head.refs)) {
    const options = { gitDir: view, input: Buffer.from(`${oid}\n`), signal }
    await git(['rev-list', '--objects', '--stdin', '--quiet'], options).catch((error: unknown) => {
      if (!(error instanceof GitError)) throw error
      broken.push(ref)
    })
  }
  return broken
}

async function checkPack(
  remotes: Remotes,
  { key, size }: PackEntry,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'codenest-fsck-'))
  try {
    const file = join(folder, 'pack')
    if (!(await remotes.store.download(`${key}.pack`, file, signal)))
      return [{ kind: 'missing-pack', subject: key, text: `Its pack ${key} is not in the store.` }]
    const damaged = await describeDamage(file, size, key.slice(-40))
    if (damaged !== null)
      return [{ kind: 'damaged-pack', subject: key, text: `Its pack ${key} is damaged: ${damaged}.` }]
    const indexFile = join(folder, 'idx')
    const found = await remotes.store.download(`${key}.idx`, indexFile, signal)
    if (found && isIndex(await readFile(indexFile))) return []
    const state = found ? 'cannot be read' : 'is not in the store'
    return [{ kind: 'missing-index', subject: key, text: `The index of its pack ${key} ${state}.` }]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Bytes and checksum of a pack file; null when they are as recorded. */
async function describeDamage(file: string, size: number, checksum: string): Promise<string | null> {
  const { size: found } = await stat(file)
  if (found !== size) return `it has ${found} bytes where ${size} are recorded`
  const hash = createHash('sha1')
  let last = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { end: Math.max(0, size - 21) }))
    hash.update(chunk as Buffer)
  for await (const chunk of createReadStream(file, { start: size - 20 }))
    last = Buffer.concat([last, chunk as Buffer])
  const digest = hash.digest('hex')
  return digest === last.toString('hex') && digest === checksum ? null : 'its checksum does not match'
}

async function checkHistory(remotes: Remotes, id: string, signal?: AbortSignal): Promise<Finding[]> {
  const version = await remotes.repository(id).head(signal)
  if (!version) return []
  return remotes.views.use(id, version, async (view) => {
    const findings: Finding[] = (await brokenRefs(view, version.head, signal)).map((ref) => ({
      kind: 'broken-ref',
      subject: ref,
      text: `${ref} points to ${version.head.refs[ref]}, and not everything that it needs is there.`,
    }))
    if (findings.length > 0) return findings
    await git(['fsck', '--full', '--no-dangling', '--no-progress'], { gitDir: view, signal }).catch(
      (error: unknown) => {
        if (!(error instanceof GitError)) throw error
        findings.push({ kind: 'broken-history', subject: id, text: `git fsck says: ${error.stderr.trim()}` })
      },
    )
    return findings
  })
}

function isIndex(bytes: Buffer): boolean {
  try {
    return new PackIndex(bytes).count >= 0
  } catch {
    return false
  }
}
