import { basename } from 'node:path'

import { createObject, encodeCommit, parseCommit } from '../git/objects.ts'
import type { GitObject, Person } from '../git/objects.ts'
import type { RepositoryState } from '../git/head.ts'

export const SAVES_COMMITTER: Person = { name: 'CodeNest', email: 'saves@codenest.dev' }

export interface SaveRecord {
  saveIds: string[]
  /** Full branch name, or the commit when HEAD is detached. */
  head: string
  state: RepositoryState
  /** Tree of the user's index; null while it has unmerged entries. */
  index: string | null
}

export interface SaveCommit extends SaveRecord {
  tree: string
  parents: string[]
  author: Person
  /** Paths saved from the editor; none means that a sweep found the changes. */
  paths: string[]
  /** Seconds since the epoch. */
  time: number
}

export function encodeSave(save: SaveCommit): GitObject {
  const trailers = [
    ...(save.saveIds.length > 0 ? [`Codenest-Save-Ids: ${save.saveIds.join(' ')}`] : []),
    `Codenest-Head: ${save.head}`,
    `Codenest-State: ${save.state}`,
    ...(save.index ? [`Codenest-Index: ${save.index}`] : []),
  ]
  const message = `${subject(save.paths)}\n\n${trailers.join('\n')}\n`
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

/** What a save recorded about the user's clone; null when the commit is no save. */
export function parseSave(data: Buffer): (SaveRecord & { tree: string; parents: string[] }) | null {
  const { tree, parents, message } = parseCommit(data)
  const trailer = (key: string): string | null =>
    new RegExp(`^${key}: (.*)$`, 'm').exec(message.slice(message.lastIndexOf('\n\n')))?.[1] ?? null
  const head = trailer('Codenest-Head')
  if (head === null) return null
  return {
    tree,
    parents,
    head,
    saveIds: trailer('Codenest-Save-Ids')?.split(' ') ?? [],
    state: (trailer('Codenest-State') ?? 'none') as RepositoryState,
    index: trailer('Codenest-Index'),
  }
}

function subject(paths: string[]): string {
  const [path] = paths
  if (path === undefined) return 'Save changes from the terminal'
  if (paths.length > 1) return `Save ${paths.length} files`
  // A line break in a file name would start the message's body.
  return `Save ${(path.length > 200 ? basename(path) : path).replaceAll(/[\r\n]/g, ' ')}`
}
