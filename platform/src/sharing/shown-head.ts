import type { Head } from '../git/head.ts'
import { SAVES_PREFIX } from '../git/ref-name.ts'
import type { CommitInfo, CommitReader } from '../history/commits.ts'
import { sessionTips } from '../history/save-refs.ts'

/** Sessions whose saves are shown: the newest, and those that it goes back to. */
const SHOWN_SESSIONS = 50

/**
 * The part of a head that leads to the newest save: its session, the ones that were continued one after the other, and
 * the branch that it stood on as it was then. No other branch, and no session that went its own way.
 */
export async function shownHead(head: Head, newest: CommitInfo, read: CommitReader): Promise<Head> {
  const sessions = new Map(sessionTips(head).map(({ session, tip }) => [tip, session]))
  const refs: Record<string, string> = {}
  let commit: CommitInfo | null = newest
  for (let left = SHOWN_SESSIONS; commit?.save && left > 0; left -= 1) {
    const session = sessions.get(commit.oid)
    if (session === undefined || refs[SAVES_PREFIX + session] !== undefined) break
    refs[SAVES_PREFIX + session] = commit.oid
    commit = commit.save.previous === null ? null : await read(commit.save.previous)
  }
  const branch = newest.save ? newest.save.headCommit : newest.oid
  if (branch !== null) refs[head.head] = branch
  return { ...head, refs }
}
