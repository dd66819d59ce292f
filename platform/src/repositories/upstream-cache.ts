import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import { git } from '../git/git-process.ts'
import type { Head, PackEntry } from '../git/head.ts'
import { makeScratch } from '../git/ingest.ts'
import { readNewPack } from '../git/new-pack.ts'
import { uploadPack } from '../git/pack-upload.ts'
import type { NewPack } from '../git/pack-upload.ts'
import { ZERO_OID } from '../git/object-id.ts'
import { isRefName } from '../git/ref-name.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import { fetchUpstream } from './fetch-upstream.ts'
import type { FetchRequest } from './fetch-upstream.ts'
import { repositoryKey } from './place.ts'

export const UPSTREAMS = 'upstreams/'
const BY = 'platform'
/** What a clone of everything takes, and where it is kept. */
const EVERYTHING = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']

/**
 * Id of the remote that holds what was fetched from an upstream. `reader`: who may read it, where the host asks; what
 * one person's credentials opened is another person's to open for themselves.
 */
export function upstreamId(repository: string, reader: string | null): string {
  const key = [repositoryKey(repository), ...(reader === null ? [] : [reader])].join('\n')
  return UPSTREAMS + createHash('sha256').update(key).digest('hex').slice(0, 40)
}

export type Fetch = Omit<FetchRequest, 'refspecs' | 'depth'>

/**
 * Brings the remote of an upstream up to date: only what it lacks is fetched. `besides`: a ref to keep apart from
 * branches and tags. Durable when it resolves.
 */
export async function refreshUpstream(
  remotes: Remotes,
  id: string,
  { head, besides }: { head: string; besides: string | null },
  fetch: Fetch,
): Promise<HeadVersion> {
  const known = await remotes.repository(id).head(fetch.signal)
  const whole = known && isWhole(known.head) ? known : null
  const scratch = await makeScratch(remotes.scratch)
  try {
    const refspecs = [...EVERYTHING, ...(besides === null ? [] : [`+${besides}:${besides}`])]
    const work = async (view: string | null): Promise<void> => {
      if (view !== null) await borrow(scratch, view)
      await fetchUpstream(scratch, { ...fetch, refspecs })
    }
    await (whole ? remotes.views.use(id, whole, work) : work(null))
    const refs = await readRefs(scratch, remotes.limits.refs)
    const pack = await readPack(scratch)
    const made = known === null && (await remotes.create(id, { head, refs, pack, by: BY }))
    // A tip that came first may have made it meanwhile.
    const version = await existing(remotes, id)
    if (made) {
      const [only] = version.head.packs
      if (only) await adopt(remotes, only, pack)
      return version
    }
    const entry = pack && (await uploadPack(remotes.store, version.head.family, pack, remotes.clock.now()))
    const next = await remotes.repository(id).edit(async ({ head: now }) => {
      const { shallow: _, ...rest } = now
      // What came first, for a start before everything was here, is in the new pack, too.
      const replaced = isWhole(now) ? [] : now.packs
      return {
        ...rest,
        head,
        refs,
        retiredAt: null,
        packs: [...now.packs.filter((one) => !replaced.includes(one)), ...(entry ? [entry] : [])],
        superseded: [
          ...now.superseded,
          ...replaced.map(({ key }) => ({ key, at: new Date(remotes.clock.now()).toISOString() })),
        ],
      }
    })
    if (entry) await adopt(remotes, entry, pack)
    return next
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function existing(remotes: Remotes, id: string): Promise<HeadVersion> {
  const version = await remotes.repository(id).head()
  if (!version) throw new Error(`the remote ${id} was removed while it was being filled`)
  return version
}

/** What was just written need not be read back from the store. */
async function adopt(remotes: Remotes, entry: PackEntry, pack: NewPack | null): Promise<void> {
  if (pack && !(pack.pack instanceof Uint8Array)) await remotes.cache.adopt(entry, pack.pack, pack.index)
}

/** Fetches one ref without its history, so that a workspace can begin before that has arrived. Durable when it resolves. */
export async function fetchTip(
  remotes: Remotes,
  id: string,
  { head, ref }: { head: string; ref: string },
  fetch: Fetch,
): Promise<HeadVersion> {
  const scratch = await makeScratch(remotes.scratch)
  try {
    const kept = ref.replace(/^refs\/heads\//, 'refs/remotes/origin/')
    await fetchUpstream(scratch, { ...fetch, depth: 1, refspecs: [`+${ref}:${kept}`] })
    const refs = await readRefs(scratch, 1)
    const pack = await readPack(scratch)
    const shallow = (await readFile(join(scratch, 'shallow'), 'utf8').catch(() => ''))
      .split('\n')
      .filter(Boolean)
    const made = await remotes.create(id, { head, refs, pack, by: BY, shallow })
    const known = await existing(remotes, id)
    if (!pack || isWhole(known.head)) return known
    if (made) {
      const [only] = known.head.packs
      if (only) await adopt(remotes, only, pack)
      return known
    }
    // One more beginning beside that of another ref.
    const entry = await uploadPack(remotes.store, known.head.family, pack, remotes.clock.now())
    const next = await remotes.repository(id).edit(async ({ head: now }) => {
      if (isWhole(now)) return null
      return {
        ...now,
        refs: { ...now.refs, ...refs },
        shallow: [...new Set([...(now.shallow ?? []), ...shallow])],
        packs: [...now.packs, entry],
        retiredAt: null,
      }
    })
    await adopt(remotes, entry, pack)
    return next
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Gives a workspace that began with a tip what has arrived behind it. */
export async function deepen(remotes: Remotes, id: string, upstream: Head): Promise<void> {
  await remotes.repository(id).edit(async ({ head }) => {
    const { shallow: _, ...rest } = head
    const listed = new Set(head.packs.map(({ key }) => key))
    const arrived = upstream.packs.filter(({ key }) => !listed.has(key))
    const cloned = Object.entries(upstream.refs).filter(([ref]) => /^refs\/(remotes|tags)\//.test(ref))
    const tip = head.refs[head.head] ?? ZERO_OID
    const at = new Date(remotes.clock.now()).toISOString()
    return {
      ...rest,
      packs: [...arrived, ...head.packs],
      refs: { ...Object.fromEntries(cloned), ...head.refs },
      // By which its runner learns that somebody else has changed it.
      reflog: [{ ref: head.head, old: tip, new: tip, at, by: BY }, ...head.reflog].slice(0, 200),
    }
  })
}

export function isWhole({ shallow }: Head): boolean {
  return !shallow?.length
}

/** What the remote has need not come again. */
async function borrow(scratch: string, view: string): Promise<void> {
  await writeFile(join(scratch, 'objects', 'info', 'alternates'), `${join(view, 'objects')}\n`)
  await writeFile(join(scratch, 'packed-refs'), await readFile(join(view, 'packed-refs')))
}

async function readRefs(scratch: string, most: number): Promise<Record<string, string>> {
  const listed = await git(['for-each-ref', '--format=%(objectname) %(refname)'], { gitDir: scratch })
  const refs: Record<string, string> = {}
  for (const line of listed.toString().split('\n')) {
    const name = line.slice(41)
    if (isRefName(name)) refs[name] = line.slice(0, 40)
  }
  if (Object.keys(refs).length <= most) return refs
  throw new AppError(
    422,
    'repository_too_large',
    `The repository has more than ${most} branches and tags, which is the limit.`,
  )
}

/** `fetch.unpackLimit` sees to it that a fetch leaves one pack. */
async function readPack(scratch: string): Promise<NewPack | null> {
  const folder = join(scratch, 'objects', 'pack')
  const name = (await readdir(folder)).find((file) => file.endsWith('.pack'))
  return name === undefined ? null : readNewPack(join(folder, name))
}
