import type { Identity } from '../access/identity.ts'
import type { Remotes } from '../git/remotes.ts'
import type {
  Changes,
  ChangesQuery,
  FileAtCommit,
  HistoryPage,
  HistoryQuery,
  Save,
  SaveSessions,
} from '../protocol.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { listChanges } from './changes.ts'
import { CommitMemory, commitNotFound, entryBefore, readExisting } from './commits.ts'
import { readTextAt } from './file-at.ts'
import { listSaves } from './saves.ts'
import { listSessions, SaveCounts } from './sessions.ts'
import { readTimeline } from './timeline.ts'
import type { Source } from './timeline.ts'

export interface HistoryOptions {
  workspaces: Workspaces
  remotes: Remotes
}

/** What people do with the past of their workspaces. It is read from the remote, so it makes no difference whether they run. */
export class History {
  readonly #options: HistoryOptions
  readonly #commits = new CommitMemory()
  readonly #counts = new SaveCounts()

  constructor(options: HistoryOptions) {
    this.#options = options
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

  /** The newest saves alone. */
  async saves(owner: Identity, id: string, signal: AbortSignal): Promise<Save[]> {
    const source = await this.#source(owner, id, signal)
    return source ? listSaves(source) : []
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
    const objects = repository.objects(version)
    return { head: version.head, objects, read: this.#commits.reader(id, objects) }
  }
}
