import type { z } from 'zod'
import type { Identity } from '../access/identity.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import type { Download } from '../http/route.ts'
import type {
  Changes,
  ChangesQuery,
  FileAtCommit,
  HistoryEntry,
  HistoryPage,
  HistoryQuery,
  Restore,
  SaveSessions,
} from '../protocol.ts'
import type { Leadership } from '../replicas/leadership.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { Archives } from './archive.ts'
import { listChanges } from './changes.ts'
import { CommitMemory, commitNotFound, entryBefore, readExisting } from './commits.ts'
import { describeEntry } from './entry.ts'
import { readTextAt } from './file-at.ts'
import { restoreStopped } from './restore.ts'
import { listSessions, SaveCounts } from './sessions.ts'
import { readTimeline } from './timeline.ts'
import type { Source } from './timeline.ts'

export interface HistoryOptions {
  workspaces: Workspaces
  remotes: Remotes
  leadership: Leadership
}

/** What people do with the past of their workspaces. It is read from the remote, so it makes no difference whether they run. */
export class History {
  readonly #options: HistoryOptions
  readonly #commits = new CommitMemory()
  readonly #counts = new SaveCounts()

  readonly #archives: Archives

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#archives = new Archives(options.remotes.views)
  }

  /** A page of the timeline, newest first. */
  async timeline(
    owner: Identity,
    id: string,
    query: Required<Pick<HistoryQuery, 'limit'>> & HistoryQuery,
    signal: AbortSignal,
  ): Promise<HistoryPage> {
    const source = await this.#source(owner, id, signal)
    return source ? readTimeline(source, query, signal) : { entries: [], next: null }
  }

  async sessions(owner: Identity, id: string, signal: AbortSignal): Promise<SaveSessions> {
    const source = await this.#source(owner, id, signal)
    return source ? listSessions(id, source, this.#counts, signal) : { sessions: [], older: 0 }
  }

  /** What differs from `from`, or from the save or commit before. Throws an `AppError` when a commit is not there. */
  async changes(
    owner: Identity,
    id: string,
    commit: string,
    { from, path }: ChangesQuery,
    signal: AbortSignal,
  ): Promise<Changes> {
    const { objects, read } = await this.#existing(owner, id, signal)
    const to = await readExisting(read, commit)
    const base = from === undefined ? await entryBefore(read, to) : await readExisting(read, from)
    return listChanges(objects, base, to, path ?? null, signal)
  }

  /** Throws an `AppError` when there is no such commit. */
  async fileAt(
    owner: Identity,
    id: string,
    commit: string,
    path: string,
    signal: AbortSignal,
  ): Promise<FileAtCommit> {
    const { objects, read } = await this.#existing(owner, id, signal)
    return readTextAt(objects, await readExisting(read, commit), path)
  }

  /** Makes a save as it was, while the workspace is stopped. Throws an `AppError`. */
  async restore(
    owner: Identity,
    id: string,
    request: z.output<typeof Restore>,
    signal: AbortSignal,
  ): Promise<HistoryEntry> {
    const { workspaces, remotes, leadership } = this.#options
    await workspaces.document(owner, id)
    const repository = remotes.repository(id)
    const { session, save } = await leadership.whileStopped(id, async () => {
      const version = await repository.head(signal)
      if (!version) throw commitNotFound()
      const source = this.#open(id, version)
      return restoreStopped(remotes, repository, version, source, request, owner.author)
    })
    const { objects, read } = await this.#existing(owner, id, signal)
    const commit = await readExisting(read, save)
    return describeEntry(objects, commit, await entryBefore(read, commit), session)
  }

  /** All files of a commit, as a zip. Throws an `AppError` when there is no such commit. */
  async archive(owner: Identity, id: string, commit: string, signal: AbortSignal): Promise<Download> {
    const { name } = (await this.#options.workspaces.document(owner, id)).metadata
    const version = await this.#options.remotes.repository(id).head(signal)
    if (!version) throw commitNotFound()
    await readExisting(this.#open(id, version).read, commit)
    return {
      fileName: `${name}-${commit.slice(0, 10)}.zip`,
      write: (output) =>
        this.#archives.write({ repository: id, version, commit, folder: name }, output, signal),
    }
  }

  async #existing(owner: Identity, id: string, signal: AbortSignal): Promise<Source> {
    const source = await this.#source(owner, id, signal)
    if (!source) throw commitNotFound()
    return source
  }

  /** null while there is no repository yet. Throws an `AppError` when it is not this person's workspace. */
  async #source(owner: Identity, id: string, signal: AbortSignal): Promise<Source | null> {
    await this.#options.workspaces.document(owner, id)
    const repository = this.#options.remotes.repository(id)
    const version = await repository.head(signal)
    if (!version) return null
    return this.#open(id, version)
  }

  #open(id: string, version: HeadVersion): Source {
    const objects = this.#options.remotes.repository(id).objects(version)
    return { head: version.head, objects, read: this.#commits.reader(id, objects) }
  }
}
