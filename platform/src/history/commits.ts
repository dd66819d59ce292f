import { parseSave } from '@codenest/runner/save-commit'
import { AppError } from '../errors.ts'
import { parseCommit, subjectOf } from '../git/commit.ts'
import { isOid } from '../git/object-id.ts'
import type { ObjectReader } from '../git/object-reader.ts'

/** What a history is made of: a save, or a commit of the user. */
export interface CommitInfo {
  oid: string
  tree: string
  parents: string[]
  author: string
  /** When it was made: seconds since the epoch. */
  time: number
  subject: string
  /** null for a commit of the user. */
  save: SaveInfo | null
}

export interface SaveInfo {
  /** Branch that was checked out, or a commit. */
  head: string
  headCommit: string | null
  /** Tree of what was staged; null when it was not recorded. */
  index: string | null
  state: string
  clone: string | null
  /** Where nested repositories stood. */
  nested: string | null
  /** Last save of the session that this one continued. */
  previous: string | null
  /** Last saves of sessions that were taken in. */
  merged: string[]
}

/** Commits that a process remembers, some 600 bytes each. */
const REMEMBERED = 20_000

/** Commits that were read lately, of all repositories; the oldest are forgotten first. They never change. */
export class CommitMemory {
  readonly #known = new Map<string, CommitInfo>()

  /** A reader of one repository's commits; null where there is no such commit, or not any more. */
  reader(repository: string, objects: ObjectReader): CommitReader {
    return async (oid) => {
      const key = `${repository} ${oid}`
      const known = this.#known.get(key)
      // A session that was let go is collected some day, and then what it left here is of no use.
      if (known && (await objects.has(oid))) {
        this.#known.delete(key)
        this.#known.set(key, known)
        return known
      }
      const object = await objects.read(oid)
      if (object?.type !== 'commit') return null
      const info = toInfo(oid, object.content)
      this.#known.set(key, info)
      const [oldest] = this.#known.keys()
      if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
      return info
    }
  }
}

export type CommitReader = (oid: string) => Promise<CommitInfo | null>

/** Throws an `AppError` when there is no such commit. */
export async function readExisting(read: CommitReader, oid: string): Promise<CommitInfo> {
  const commit = await read(oid)
  if (commit) return commit
  throw commitNotFound()
}

export function commitNotFound(): AppError {
  return new AppError(404, 'commit_not_found', 'There is no such save in this workspace. Reload the history.')
}

/**
 * The save before this one in its session. After a commit of the user, that commit is the first parent and the save
 * before it the second; what is staged and the clone's state come after these.
 */
export async function saveBefore(read: CommitReader, commit: CommitInfo): Promise<CommitInfo | null> {
  for (const oid of commit.parents.slice(0, 2)) {
    // A branch may have a copy of a save on it, by a cherry-pick.
    if (oid === commit.save?.headCommit) continue
    const parent = await read(oid)
    if (parent?.save) return parent
  }
  return null
}

/** What an entry of the history changed something of: the save before it, or a commit's first parent. */
export async function entryBefore(read: CommitReader, commit: CommitInfo): Promise<CommitInfo | null> {
  const { save, parents } = commit
  const [first] = parents
  if (!save) return first === undefined ? null : read(first)
  const before = await saveBefore(read, commit)
  if (before) return before
  // Sessions that were let go are gone: then the branch is what the save is compared with.
  return (
    (save.previous && (await read(save.previous))) ||
    (save.headCommit && (await read(save.headCommit))) ||
    null
  )
}

function toInfo(oid: string, content: Buffer): CommitInfo {
  const { tree, parents, author, committer, message } = parseCommit(content)
  const save = parseSave(content)
  return {
    oid,
    tree,
    parents,
    author: author.name,
    time: committer.time,
    subject: subjectOf(message),
    save: save && {
      head: save.head,
      headCommit: idOrNull(save.headCommit),
      index: idOrNull(save.index),
      state: save.state,
      clone: idOrNull(save.clone),
      nested: idOrNull(save.nested),
      previous: idOrNull(save.previous),
      merged: save.merged.filter(isOid),
    },
  }
}

function idOrNull(text: string | null): string | null {
  return text !== null && isOid(text) ? text : null
}
