import { performance } from 'node:perf_hooks'
import { AppError } from '../errors.ts'
import type { Head } from '../git/head.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { createPathLookup } from '../git/tree-diff.ts'
import type { HistoryPage, HistoryQuery } from '../protocol.ts'
import type { CommitInfo, CommitReader } from './commits.ts'
import { entryBefore } from './commits.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { describeEntry } from './entry.ts'
import { pathChange } from './path-change.ts'
import { sessionTips } from './save-refs.ts'
import type { Pending } from './walk.ts'
import { Walk } from './walk.ts'

/** Milliseconds after which a page ends with what it has: the rest comes with the next one. */
const LONGEST = 2000
/** Entries that one page looks at in search of a path. */
const MAX_SEARCHED = 20_000
/** Branches in the timeline: those that were committed to last. */
const MAX_BRANCHES = 150
const MAX_BRANCHES_READ = 1000

export interface Source {
  head: Head
  objects: ObjectReader
  read: CommitReader
}

type Query = Required<Pick<HistoryQuery, 'limit'>> & Pick<HistoryQuery, 'path' | 'cursor'>

/**
 * One page of the history. It costs what is on the page and what was searched, not what is before it. Throws an
 * `AppError` for a cursor that is none.
 */
export async function readTimeline(source: Source, query: Query, signal: AbortSignal): Promise<HistoryPage> {
  const { objects, read, head } = source
  const { path = null, cursor } = query
  const limit = Number(query.limit)
  const walk = new Walk(read)
  const tips = new Map(sessionTips(head).map(({ session, tip }) => [session, tip]))
  await (cursor === undefined ? begin(walk, source, tips) : resume(walk, source, tips, cursor))
  const find = createPathLookup(objects, path)
  const ends = performance.now() + LONGEST
  const entries: HistoryPage['entries'] = []
  let time = 0
  for (let searched = 0; entries.length < limit && searched < MAX_SEARCHED; searched += 1) {
    signal.throwIfAborted()
    if (searched > 0 && performance.now() > ends) break
    const found = await walk.next()
    if (!found) return { entries, next: null }
    const { commit, at } = found
    time = at.time
    const before = await entryBefore(read, commit)
    const change = path === null ? undefined : await pathChange(objects, find, commit, before, read)
    if (change === null) continue
    entries.push(await describeEntry(objects, commit, before, at.session, change))
  }
  const isTip = ({ session, oid }: Pending): boolean => session !== null && tips.get(session) === oid
  return { entries, next: writeCursor(time, walk.pending, isTip) }
}

async function begin(walk: Walk, { head, read }: Source, tips: Map<string, string>): Promise<void> {
  for (const [session, tip] of tips) await walk.addTip(tip, session)
  const branches: CommitInfo[] = []
  for (const oid of branchTips(head)) {
    const commit = await read(oid)
    if (commit) branches.push(commit)
  }
  branches.sort((a, b) => b.time - a.time)
  for (const { oid, time } of branches.slice(0, MAX_BRANCHES)) walk.add({ oid, time, session: null })
}

/** The one that HEAD is on comes first. */
function branchTips(head: Head): string[] {
  const names = Object.keys(head.refs).filter((ref) => ref.startsWith('refs/heads/'))
  const ordered = [head.head, ...names.filter((ref) => ref !== head.head).sort()]
  return ordered.flatMap((ref) => head.refs[ref] ?? []).slice(0, MAX_BRANCHES_READ)
}

async function resume(
  walk: Walk,
  { read }: Source,
  tips: Map<string, string>,
  cursor: string,
): Promise<void> {
  const { time, pending, rest } = readCursor(cursor)
  const begun = new Set<string>()
  for (const { oid, session } of pending) {
    const commit = await read(oid)
    // It was let go meanwhile, or this is the cursor of something else.
    if (!commit && session === null)
      throw new AppError(400, 'invalid_cursor', 'This place in the history is gone. Reload the history.')
    if (session !== null) begun.add(session)
    if (commit) walk.add({ oid, session, time: Math.min(commit.time, time) })
  }
  if (!rest) return
  for (const [session, tip] of tips) {
    const commit = begun.has(session) ? null : await read(tip)
    if (commit && commit.time < time) walk.add({ oid: tip, session, time: commit.time })
  }
}
