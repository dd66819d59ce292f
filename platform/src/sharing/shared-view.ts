import type { z } from 'zod'
import type { Seals } from '../access/seals.ts'
import { AppError } from '../errors.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import { LINK_MODE, nameOf, SUBMODULE_MODE, TREE_MODE } from '../git/tree.ts'
import { createPathLookup, readTreeEntries } from '../git/tree-diff.ts'
import { Archives } from '../history/archive.ts'
import { CommitMemory, readExisting } from '../history/commits.ts'
import type { CommitInfo, CommitReader } from '../history/commits.ts'
import { readTextAt } from '../history/file-at.ts'
import { newestCommit } from '../history/newest.ts'
import { readTimeline } from '../history/timeline.ts'
import type { Download } from '../http/route.ts'
import type { FileAtCommit, SharedFolder, SharedHistory, SharedPlace, SharedWorkspace } from '../protocol.ts'
import type { Links, OpenLink } from './links.ts'
import { rawFile } from './raw-file.ts'
import { shownHead } from './shown-head.ts'

/** Entries of one folder that are listed. */
const MOST_ENTRIES = 5_000
const PAGE = 50

interface Look extends OpenLink {
  version: HeadVersion
  objects: ObjectReader
  read: CommitReader
  commit: CommitInfo
}

type Point = Pick<SharedPlace, 'commit' | 'seal'>
type Kind = z.infer<typeof SharedFolder>['entries'][number]['kind']

/**
 * What a link shows: files of the newest save, and of those in its history when the link has one. Everything is read from
 * the repository, a folder or file at a time; nothing is started, and nothing else of the workspace can be reached.
 */
export class SharedView {
  readonly #links: Links
  readonly #remotes: Remotes
  readonly #seals: Seals
  readonly #commits = new CommitMemory()
  /** Of its own: whoever has a link does not keep owners from their downloads. */
  readonly #archives: Archives

  constructor(links: Links, remotes: Remotes, seals: Seals) {
    this.#links = links
    this.#remotes = remotes
    this.#seals = seals
    this.#archives = new Archives(remotes.views)
  }

  /** Like all of these, throws an `AppError` when the link opens nothing, or not this. */
  async about(token: string, viewer: string | null, signal: AbortSignal): Promise<SharedWorkspace> {
    const { document, link, commit } = await this.#look(token, {}, signal)
    const { name, owner } = document.metadata
    return {
      name,
      owner,
      history: link.history,
      expiresAt: link.expiresAt,
      commit: commit.oid,
      savedAt: new Date(commit.time * 1000).toISOString(),
      viewer,
    }
  }

  async folder(token: string, { path, ...at }: SharedPlace, signal: AbortSignal): Promise<SharedFolder> {
    const { objects, commit } = await this.#look(token, at, signal)
    const place = await createPathLookup(objects, path ?? null)(commit.tree)
    if (place?.mode !== TREE_MODE) throw notThere(path ?? '')
    const all = await readTreeEntries(objects, place.oid)
    const entries = all
      .slice(0, MOST_ENTRIES)
      .map((entry) => ({ name: nameOf(entry), kind: kindOf(entry.mode) }))
      .sort((a, b) => Number(b.kind === 'folder') - Number(a.kind === 'folder') || compare(a.name, b.name))
    return { entries, truncated: all.length > MOST_ENTRIES }
  }

  async text(token: string, { path = '', ...at }: SharedPlace, signal: AbortSignal): Promise<FileAtCommit> {
    const { objects, commit } = await this.#look(token, at, signal)
    return readTextAt(objects, commit, path)
  }

  async raw(token: string, { path = '', ...at }: SharedPlace, signal: AbortSignal): Promise<Download> {
    const { objects, commit } = await this.#look(token, at, signal)
    const file = await rawFile(objects, commit, path)
    if (!file) throw notThere(path)
    return file
  }

  async archive(token: string, at: Point, signal: AbortSignal): Promise<Download> {
    const { id, document, version, commit } = await this.#look(token, at, signal)
    const { name } = document.metadata
    const request = { repository: id, version, commit: commit.oid, folder: name }
    return {
      fileName: `${name}-${commit.oid.slice(0, 10)}.zip`,
      write: (output) => this.#archives.write(request, output, signal),
    }
  }

  async history(token: string, cursor: string | undefined, signal: AbortSignal): Promise<SharedHistory> {
    const { id, link, version, objects, read, commit } = await this.#look(token, {}, signal)
    if (!link.history) throw noHistory()
    const purpose = `${id} ${link.id} cursor`
    const head = await shownHead(version.head, commit, read)
    const query = { limit: PAGE, ...(cursor !== undefined && { cursor: this.#unseal(purpose, cursor) }) }
    const { entries, next } = await readTimeline({ head, objects, read }, query, signal)
    return {
      entries: entries.map((entry) => ({
        ...entry,
        seal: this.#seals.seal(commitOf(id, link.id, entry.id)),
      })),
      next: next === null ? null : `${this.#seals.seal(`${purpose} ${next}`)}${next}`,
    }
  }

  /** What is forked by whoever holds the link. */
  async forkable(token: string, at: Point, signal?: AbortSignal): Promise<OpenLink & { commit: string }> {
    const { id, document, link, commit } = await this.#look(token, at, signal)
    return { id, document, link, commit: commit.oid }
  }

  async #look(token: string, at: Point, signal?: AbortSignal): Promise<Look> {
    const open = await this.#links.open(token)
    const repository = this.#remotes.repository(open.id)
    const version = await repository.head(signal)
    const newest = version && version.head.retiredAt === null ? newestCommit(version.head) : null
    if (!version || newest === null)
      throw new AppError(
        404,
        'nothing_saved',
        'Nothing has been saved in this workspace yet. Try again later.',
      )
    const objects = repository.objects(version)
    const read = this.#commits.reader(open.id, objects)
    return {
      ...open,
      version,
      objects,
      read,
      commit: await readExisting(read, this.#choose(open, at, newest)),
    }
  }

  /** The newest, or one that the history of this link has shown. */
  #choose({ id, link }: OpenLink, { commit, seal = '' }: Point, newest: string): string {
    if (commit === undefined || commit === newest) return newest
    if (link.history && this.#seals.matches(commitOf(id, link.id, commit), seal)) return commit
    throw noHistory()
  }

  #unseal(purpose: string, sealed: string): string {
    const [seal, cursor] = [sealed.slice(0, 22), sealed.slice(22)]
    if (this.#seals.matches(`${purpose} ${cursor}`, seal)) return cursor
    throw new AppError(400, 'invalid_cursor', 'This place in the history is not one. Reload the page.')
  }
}

function commitOf(id: string, link: string, commit: string): string {
  return `${id} ${link} commit ${commit}`
}

function kindOf(mode: string): Kind {
  if (mode === TREE_MODE) return 'folder'
  if (mode === LINK_MODE) return 'symlink'
  return mode === SUBMODULE_MODE ? 'submodule' : 'file'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function notThere(path: string): AppError {
  return new AppError(404, 'file_not_found', `There is nothing at "${path}" in this save. Reload the page.`)
}

function noHistory(): AppError {
  return new AppError(
    403,
    'not_shown',
    'This link shows the newest save alone, or the save is not in the history that it shows. Reload the page.',
  )
}
