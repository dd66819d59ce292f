import { AppError } from '../errors.ts'
import { commitFiles } from '../git/commit-files.ts'
import type { FileContent } from '../git/commit-files.ts'
import type { Head } from '../git/head.ts'
import { ingestSmall } from '../git/ingest.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { listFilesAt, readFileAt } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion, Repository } from '../git/repository.ts'
import { storeCommit } from '../git/store-commit.ts'
import { compareFleet } from './changes.ts'
import type { DocumentChanges, FleetChanges } from './changes.ts'
import { documentPath, writeWorkspaceDocument } from './document.ts'
import type { WorkspaceDocument } from './document.ts'
import { GroupCommit } from './group-commit.ts'
import type { Batched } from './group-commit.ts'
import { README } from './readme.ts'

export const FLEET_REPOSITORY = 'fleet'
export const FLEET_BRANCH = 'refs/heads/main'
const MAX_ATTEMPTS = 8
/** Author of what nobody in particular has changed. */
export const PLATFORM: FleetAuthor = { name: 'CodeNest', email: 'fleet@codenest.dev' }

/** Who changes the fleet: the commit's author. */
export interface FleetAuthor {
  name: string
  email: string
}

/** All declared workspaces, by id. It follows the fleet: whoever looks later may see more. */
export interface FleetSnapshot {
  workspaces: ReadonlyMap<string, WorkspaceDocument>
}

/** Told the id of a workspace, or null for what operators have changed for several. */
export type FleetListener = (id: string | null) => void

/** What a change may build on: everything before it, of the same commit as well. */
interface FleetState {
  document: (id: string) => WorkspaceDocument | null
  /** To be told along with the file. */
  declare: (id: string, document: WorkspaceDocument | null) => void
  read: (path: string) => Promise<Buffer | null>
}

type Changes = Map<string, FileContent | null>

interface FleetHead {
  version: HeadVersion
  tip: string
}

interface PlannedChange {
  author: FleetAuthor
  message: string
  /** null: there is nothing to change. What it throws is its own failure, and no other's. */
  plan: (state: FleetState) => Changes | null | Promise<Changes | null>
}

/** Desired state: which workspaces exist, as YAML in a Git repository. The API and `git push` change it alike. */
export class Fleet {
  readonly #remotes: Remotes
  readonly #repository: Repository
  readonly #workspaces = new Map<string, WorkspaceDocument>()
  /** Of which `#workspaces` are; null before the first look. */
  #commit: string | null = null
  #following: Promise<void> | null = null
  /** What is being published here: `done` when `#workspaces` has it. */
  #ours: { commit: string; done: Promise<void> } | null = null
  readonly #listeners = new Set<FleetListener>()
  /** Changes that come while a commit is under way go into the next one together. */
  readonly #commits = new GroupCommit<PlannedChange>((batch) => this.#commitBatch(batch))

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
      const message = 'Begin the fleet'
      const { commit, pack } = await commitFiles({ base: null, changes, message, author: PLATFORM })
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

  /** The declared workspaces now: one conditional read when nothing changed, and else what it takes to read that. */
  async snapshot(): Promise<FleetSnapshot> {
    await this.#current()
    return { workspaces: this.#workspaces }
  }

  /** Tells what is declared otherwise than before, once that is seen. */
  subscribe(listener: FleetListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  /** What a commit that need not be published yet would change. Throws a `DocumentError` when something is not valid. */
  async changesOf(objects: ObjectReader, commit: string): Promise<DocumentChanges> {
    await this.#current()
    return (await this.#compare(objects, commit)).documents
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
    let result: WorkspaceDocument | null = null
    await this.#commits.add({
      author,
      message,
      plan({ document, declare }) {
        const current = document(id)
        const next = change(current)
        result = next === undefined ? current : next
        const owner = (next ?? current)?.metadata.owner
        if (next === undefined || owner === undefined) return null
        const file = next && { content: Buffer.from(writeWorkspaceDocument(next)), mode: '100644' as const }
        declare(id, next)
        return new Map([[documentPath(owner, id), file]])
      },
    })
    return result
  }

  /** Commits a file beside the documents, or with null its end; nothing when it is so already. */
  async writeFile(path: string, text: string | null, author: FleetAuthor, message: string): Promise<void> {
    const wanted = text === null ? null : Buffer.from(text)
    await this.#commits.add({
      author,
      message,
      async plan({ read }) {
        const current = await read(path)
        if (wanted === null ? current === null : current?.equals(wanted)) return null
        return new Map([[path, wanted && { content: wanted, mode: '100644' as const }]])
      },
    })
  }

  /** A file as it is now, null when there is none. */
  async readFile(path: string): Promise<Buffer | null> {
    const { version, tip } = await this.#head()
    return readFileAt(this.#repository.objects(version), tip, path)
  }

  /** Paths of the files in a folder as it is now. */
  async listFiles(folder: string): Promise<string[]> {
    const { version, tip } = await this.#head()
    return (await listFilesAt(this.#repository.objects(version), tip, folder)).map(({ path }) => path)
  }

  /** One commit for all changes of a batch; they are planned one upon the other. */
  async #commitBatch(batch: Batched<PlannedChange>[]): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { version, tip } = await this.#current()
      const objects = this.#repository.objects(version)
      const declared = new Map<string, WorkspaceDocument | null>()
      const changes: Changes = new Map()
      const state: FleetState = {
        document: (id) => (declared.has(id) ? declared.get(id) : this.#workspaces.get(id)) ?? null,
        declare: (id, document) => declared.set(id, document),
        async read(path) {
          const changed = changes.get(path)
          if (changed !== undefined) return changed && Buffer.from(changed.content)
          return readFileAt(objects, tip, path)
        },
      }
      const done = await planAll(batch, state, changes)
      if (changes.size === 0) return
      const [first] = done
      if (!first) return
      const author = done.every((each) => each.author.email === first.author.email) ? first.author : PLATFORM
      const message = describe(done.map((each) => each.message))
      const built = await commitFiles({ base: { commit: tip, objects }, changes, message, author })
      const update = { ref: FLEET_BRANCH, old: tip, by: author.name }
      const applied = Promise.withResolvers<void>()
      this.#ours = { commit: built.commit, done: applied.promise }
      try {
        if (!(await storeCommit(this.#remotes, this.#repository, version, built, update))) continue
        // Nobody was in between, so this is what there is.
        if (this.#commit === tip) this.#moveTo(built.commit, declared)
        return
      } finally {
        this.#ours = null
        applied.resolve()
      }
    }
    throw new AppError(
      503,
      'fleet_busy',
      'The change could not be committed: too many others came first. Try again.',
    )
  }

  /** The head, once what it declares is known. */
  async #current(): Promise<FleetHead> {
    for (;;) {
      const before = this.#commit
      const head = await this.#head()
      if (head.tip === this.#commit) return head
      // What was read may be older than what has become known meanwhile.
      if (before !== this.#commit) continue
      if (head.tip === this.#ours?.commit) await this.#ours.done
      else
        await (this.#following ??= this.#follow(head).finally(() => {
          this.#following = null
        }))
    }
  }

  async #follow({ version, tip }: FleetHead): Promise<void> {
    const { from, documents, others } = await this.#compare(this.#repository.objects(version), tip)
    if (this.#commit !== from) return
    this.#moveTo(tip, new Map(Array.from(documents, ([id, { after }]) => [id, after])))
    if (others) this.#tell(null)
  }

  async #compare(objects: ObjectReader, commit: string): Promise<FleetChanges & { from: string | null }> {
    for (;;) {
      const from = this.#commit
      try {
        // A repository that was put back from a copy does not know what came after it.
        const base = from !== null && (await objects.has(from)) ? from : null
        const changes = await compareFleet(objects, base, commit, this.#workspaces)
        if (from === this.#commit) return { from, ...changes }
      } catch (error) {
        // What it was compared with has changed under it.
        if (from === this.#commit) throw error
      }
    }
  }

  #moveTo(commit: string, declared: Map<string, WorkspaceDocument | null>): void {
    for (const [id, document] of declared)
      if (document) this.#workspaces.set(id, document)
      else this.#workspaces.delete(id)
    this.#commit = commit
    for (const id of declared.keys()) this.#tell(id)
  }

  #tell(changed: string | null): void {
    for (const listener of this.#listeners) listener(changed)
  }

  async #head(): Promise<FleetHead> {
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

/** Those that change something; the others have been told. */
async function planAll(
  batch: Batched<PlannedChange>[],
  state: FleetState,
  changes: Changes,
): Promise<PlannedChange[]> {
  const done: PlannedChange[] = []
  for (const { change, fail, isSettled } of batch) {
    if (isSettled()) continue
    try {
      const planned = await change.plan(state)
      if (planned === null) continue
      for (const [path, file] of planned) changes.set(path, file)
      done.push(change)
    } catch (error) {
      fail(error)
    }
  }
  return done
}

/** Git shows the first line. */
function describe(messages: string[]): string {
  const [first = '', ...others] = messages
  if (others.length === 0) return first
  return `${first}, and ${others.length} more\n\n${messages.map((message) => `- ${message}`).join('\n')}`
}
