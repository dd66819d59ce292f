import { AppError } from '../errors.ts'
import { commitFiles } from '../git/commit-files.ts'
import type { FileContent } from '../git/commit-files.ts'
import type { Head } from '../git/head.ts'
import { ingestSmall } from '../git/ingest.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { listFilesAt } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion, Repository } from '../git/repository.ts'
import { storeCommit } from '../git/store-commit.ts'
import {
  DocumentError,
  documentPath,
  parseDocumentPath,
  parseWorkspaceDocument,
  writeWorkspaceDocument,
} from './document.ts'
import type { WorkspaceDocument } from './document.ts'
import { README } from './readme.ts'

export const FLEET_REPOSITORY = 'fleet'
export const FLEET_BRANCH = 'refs/heads/main'
const MAX_ATTEMPTS = 8

/** Who changes the fleet: the commit's author. */
export interface FleetAuthor {
  name: string
  email: string
}

/** All declared workspaces at one commit of the fleet repository, by id. */
export interface FleetSnapshot {
  commit: string
  workspaces: Map<string, WorkspaceDocument>
}

interface ReadDocument {
  id: string
  document: WorkspaceDocument
}

/** Desired state: which workspaces exist, as YAML in a Git repository. The API and `git push` change it alike. */
export class Fleet {
  readonly #remotes: Remotes
  readonly #repository: Repository
  /** Documents by blob id and path: what did not change is not read again. */
  #read = new Map<string, ReadDocument>()
  #snapshot: FleetSnapshot | null = null

  private constructor(remotes: Remotes) {
    this.#remotes = remotes
    this.#repository = remotes.repository(FLEET_REPOSITORY)
  }

  /** Makes the repository at the first start. */
  static async open(remotes: Remotes): Promise<Fleet> {
    if (!(await remotes.exists(FLEET_REPOSITORY))) {
      const changes = new Map<string, FileContent>([
        ['README.md', { content: Buffer.from(README), mode: '100644' }],
      ])
      const author = { name: 'CodeNest', email: 'fleet@codenest.dev' }
      const { commit, pack } = await commitFiles({ base: null, changes, message: 'Begin the fleet', author })
      const refs = { [FLEET_BRANCH]: commit }
      await remotes.create(FLEET_REPOSITORY, {
        head: FLEET_BRANCH,
        refs,
        pack: ingestSmall(pack).pack,
        by: 'platform',
      })
    }
    return new Fleet(remotes)
  }

  /** The declared workspaces now: one conditional read when nothing changed. */
  async snapshot(): Promise<FleetSnapshot> {
    const { version, tip } = await this.#head()
    if (this.#snapshot?.commit === tip) return this.#snapshot
    const workspaces = await this.readAt(this.#repository.objects(version), tip)
    this.#snapshot = { commit: tip, workspaces }
    return this.#snapshot
  }

  /** Documents of a commit, which need not be published yet. Throws a `DocumentError` when one is not valid. */
  async readAt(objects: ObjectReader, commit: string): Promise<Map<string, WorkspaceDocument>> {
    const workspaces = new Map<string, WorkspaceDocument>()
    const read = new Map<string, ReadDocument>()
    for (const { path, oid } of await listFilesAt(objects, commit, 'workspaces')) {
      const key = `${oid} ${path}`
      const known = this.#read.get(key) ?? (await readDocument(objects, path, oid))
      read.set(key, known)
      if (workspaces.has(known.id))
        throw new DocumentError(`${path}: the id "${known.id}" belongs to another workspace`)
      workspaces.set(known.id, known.document)
    }
    this.#read = read
    return workspaces
  }

  /**
   * Commits what `change` makes of one document: null declares it away, undefined leaves everything as it is.
   * It may be asked again when somebody else was faster. Durable when it resolves; returns the document.
   */
  async change(
    id: string,
    author: FleetAuthor,
    message: string,
    change: (current: WorkspaceDocument | null) => WorkspaceDocument | null | undefined,
  ): Promise<WorkspaceDocument | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { version, tip } = await this.#head()
      const objects = this.#repository.objects(version)
      const current = (await this.snapshot()).workspaces.get(id) ?? null
      const next = change(current)
      if (next === undefined) return current
      const owner = (next ?? current)?.metadata.owner
      if (owner === undefined) return null
      const file = next && { content: Buffer.from(writeWorkspaceDocument(next)), mode: '100644' as const }
      const changes = new Map([[documentPath(owner, id), file]])
      const built = await commitFiles({ base: { commit: tip, objects }, changes, message, author })
      const update = { ref: FLEET_BRANCH, old: tip, by: author.name }
      if (await storeCommit(this.#remotes, this.#repository, version, built, update)) return next
    }
    throw new AppError(
      503,
      'fleet_busy',
      'The change could not be committed: too many others came first. Try again.',
    )
  }

  async #head(): Promise<{ version: HeadVersion; tip: string }> {
    const version = await this.#repository.head()
    const tip = version && tipOf(version.head)
    if (!version || tip === null)
      throw new AppError(503, 'fleet_missing', 'The fleet repository is not there.')
    return { version, tip }
  }
}

function tipOf(head: Head): string | null {
  return head.refs[FLEET_BRANCH] ?? null
}

async function readDocument(objects: ObjectReader, path: string, oid: string): Promise<ReadDocument> {
  const { id } = parseDocumentPath(path)
  const blob = await objects.read(oid)
  if (blob?.type !== 'blob') throw new DocumentError(`${path}: is not a file`)
  return { id, document: parseWorkspaceDocument(path, blob.content.toString()) }
}
