import { basename } from 'node:path'

import { createObject, encodeCommit, parseCommit } from '../git/objects.ts'
import type { GitObject, Person } from '../git/objects.ts'
import type { RepositoryState } from '../git/head.ts'

export const SAVES_COMMITTER: Person = { name: 'CodeNest', email: 'saves@codenest.dev' }

export interface SaveRecord {
  saveIds: string[]
  /** Full branch name, or the commit when HEAD is detached. */
  head: string
  /** Where HEAD stood; null on an unborn branch. */
  headCommit: string | null
  state: RepositoryState
  /** Tree of what is merged in the user's index. */
  index: string | null
  /** Commit that holds what else the clone's `.git` has to itself; null when that is nothing. */
  clone: string | null
  /** Commit that holds where the nested repositories stood; null when there are none. */
  nested: string | null
  /** Last save of the session that this one continued; null when there was none. */
  previous: string | null
  /** Last saves of sessions that were taken in. */
  merged: string[]
}

export interface SaveCommit extends SaveRecord {
  tree: string
  parents: string[]
  author: Person
  /** First line of the message. */
  subject: string
  /** Seconds since the epoch. */
  time: number
}

export function encodeSave(save: SaveCommit): GitObject {
  const trailers = [
    ...(save.saveIds.length > 0 ? [`Codenest-Save-Ids: ${save.saveIds.join(' ')}`] : []),
    `Codenest-Head: ${save.head}`,
    ...(save.headCommit ? [`Codenest-Head-Commit: ${save.headCommit}`] : []),
    `Codenest-State: ${save.state}`,
    ...(save.index ? [`Codenest-Index: ${save.index}`] : []),
    ...(save.clone ? [`Codenest-Clone: ${save.clone}`] : []),
    ...(save.nested ? [`Codenest-Nested: ${save.nested}`] : []),
    ...(save.previous ? [`Codenest-Previous: ${save.previous}`] : []),
    ...(save.merged.length > 0 ? [`Codenest-Merged: ${save.merged.join(' ')}`] : []),
  ]
  const message = `${save.subject}\n\n${trailers.join('\n')}\n`
  return createObject('commit', encodeCommit({ ...save, committer: SAVES_COMMITTER, message }))
}

/** A commit that keeps what is staged reachable from the save, as `git stash` does. */
export function encodeStaged(tree: string, head: string | null, author: Person, time: number): GitObject {
  const message = 'Staged changes\n'
  const parents = head ? [head] : []
  return createObject(
    'commit',
    encodeCommit({ tree, parents, author, committer: SAVES_COMMITTER, time, message }),
  )
}

export type ParsedSave = SaveRecord & { tree: string; parents: string[] }

/** What a save recorded about the user's clone; null when the commit is no save. */
export function parseSave(data: Buffer): ParsedSave | null {
  const { tree, parents, message } = parseCommit(data)
  const trailer = (key: string): string | null =>
    new RegExp(`^${key}: (.*)$`, 'm').exec(message.slice(message.lastIndexOf('\n\n')))?.[1] ?? null
  const head = trailer('Codenest-Head')
  if (head === null) return null
  return {
    tree,
    parents,
    head,
    headCommit: trailer('Codenest-Head-Commit'),
    saveIds: trailer('Codenest-Save-Ids')?.split(' ') ?? [],
    state: (trailer('Codenest-State') ?? 'none') as RepositoryState,
    index: trailer('Codenest-Index'),
    clone: trailer('Codenest-Clone'),
    nested: trailer('Codenest-Nested'),
    previous: trailer('Codenest-Previous'),
    merged: trailer('Codenest-Merged')?.split(' ') ?? [],
  }
}

/** The subject of a save of these paths; none means that a sweep found the changes. */
export function subjectOf(paths: string[]): string {
  const [path] = paths
  if (path === undefined) return 'Save changes from the terminal'
  if (paths.length > 1) return `Save ${paths.length} files`
  return `Save ${shorten(path)}`
}

/** A path that fits into a subject. */
export function shorten(path: string): string {
  // A line break in a file name would start the message's body.
  return (path.length > 200 ? basename(path) : path).replaceAll(/[\r\n]/g, ' ')
}
