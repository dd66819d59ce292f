import { ulid } from 'ulid'
import { ingestSmall } from '../../src/git/ingest.ts'
import { uploadPack } from '../../src/git/pack-upload.ts'
import { ZERO_OID } from '../../src/git/object-id.ts'
import { SAVES_PREFIX } from '../../src/git/ref-name.ts'
import type { Remotes } from '../../src/git/remotes.ts'
import { CommitMemory } from '../../src/history/commits.ts'
import type { Source } from '../../src/history/timeline.ts'
import { createObject, encodeCommit, encodeTree } from '../../../runner/src/git/objects.ts'
import type { GitObject, TreeEntry } from '../../../runner/src/git/objects.ts'
import { encodePack } from '../../../runner/src/git/pack.ts'
import { encodeSave } from '../../../runner/src/saves/save-commit.ts'

const AUTHOR = { name: 'Ada', email: 'ada@example.com' }
export const MAIN = 'refs/heads/main'

/** Content by path; a mode can be given. */
export type Files = Record<string, string | { content: string | Buffer; mode: string }>

interface Session {
  name: string
  tip: string | null
  previous: string | null
  merged: string[]
}

/** A repository with a history as runners would have left it, made object by object, with times of its own. */
export class SavedRepository {
  readonly id: string
  readonly #remotes: Remotes
  readonly #made = new Map<string, GitObject>()
  readonly #moved = new Map<string, string>()
  readonly #sessions = new Map<string, Session>()
  readonly #memory = new CommitMemory()
  /** Of HEAD's branch. */
  head: string | null = null

  private constructor(remotes: Remotes, id: string) {
    this.#remotes = remotes
    this.id = id
  }

  static async create(remotes: Remotes, id: string): Promise<SavedRepository> {
    await remotes.create(id, { head: MAIN, refs: {}, pack: null, by: 'test' })
    return new SavedRepository(remotes, id)
  }

  /**
   * Begins a session at a time in seconds since the epoch, continuing a save. Returns its name. When that save was
   * `waiting` on the disk of a crashed runner, the session's line goes on from it.
   */
  begin(time: number, previous: string | null, waiting = false): string {
    const name = ulid(time * 1000)
    this.#sessions.set(name, { name, tip: waiting ? previous : null, previous, merged: [] })
    return name
  }

  tip(session: string): string {
    return this.#sessions.get(session)?.tip ?? ''
  }

  /** The session's ref stays at a save: what came after it never reached the repository. */
  keepBack(session: string, tip: string): void {
    this.#moved.set(SAVES_PREFIX + session, tip)
  }

  commit(
    files: Files,
    time: number,
    options: { branch?: string; parents?: string[]; message?: string } = {},
  ): string {
    const { branch = MAIN, parents = this.head ? [this.head] : [], message = 'Commit' } = options
    const tree = this.#tree(files)
    const commit = { tree, parents, author: AUTHOR, committer: AUTHOR, time, message: `${message}\n` }
    const { oid } = this.#add(createObject('commit', encodeCommit(commit)))
    this.#moved.set(branch, oid)
    if (branch === MAIN) this.head = oid
    return oid
  }

  save(
    session: string,
    files: Files,
    time: number,
    options: { subject?: string; merged?: string } = {},
  ): string {
    const state = this.#sessions.get(session)
    if (!state) throw new Error('no such session')
    if (options.merged !== undefined) state.merged = [...state.merged, options.merged]
    const before = state.tip ? [state.tip] : []
    const onHead = this.head !== null && !this.#stoodOn.has(`${session} ${this.head}`)
    this.#stoodOn.add(`${session} ${this.head}`)
    const { oid } = this.#add(
      encodeSave({
        tree: this.#tree(files),
        parents: onHead && this.head ? [this.head, ...before] : before,
        author: AUTHOR,
        subject: options.subject ?? 'Save',
        saveIds: [],
        head: MAIN,
        headCommit: this.head,
        state: 'none',
        index: null,
        clone: null,
        nested: null,
        previous: state.previous,
        merged: state.merged,
        time,
      }),
    )
    state.tip = oid
    this.#moved.set(SAVES_PREFIX + session, oid)
    return oid
  }
  readonly #stoodOn = new Set<string>()

  /** Puts all that was made into the store, as one push. */
  async publish(): Promise<void> {
    const repository = this.#remotes.repository(this.id)
    const version = await repository.head()
    if (!version) throw new Error('no such repository')
    const updates = [...this.#moved].map(([ref, oid]) => ({
      ref,
      old: version.head.refs[ref] ?? ZERO_OID,
      new: oid,
    }))
    const { pack } = ingestSmall(await encodePack([...this.#made.values()]))
    const packs = pack
      ? [await uploadPack(this.#remotes.store, version.head.family, pack, this.#remotes.clock.now())]
      : []
    const { refused } = await repository.publish({ updates, packs, by: 'test', atomic: true }, async () => {})
    for (const [ref, reason] of refused) if (reason !== null) throw new Error(`${ref}: ${reason}`)
    this.#made.clear()
    this.#moved.clear()
  }

  async source(): Promise<Source> {
    const repository = this.#remotes.repository(this.id)
    const version = await repository.head()
    if (!version) throw new Error('no such repository')
    const objects = repository.objects(version)
    return { head: version.head, objects, read: this.#memory.reader(this.id, objects) }
  }

  /** Lends a view of all that is published, for stock git. */
  async view<T>(work: (gitDir: string) => Promise<T>): Promise<T> {
    const version = await this.#remotes.repository(this.id).head()
    if (!version) throw new Error('no such repository')
    return this.#remotes.views.use(this.id, version, work)
  }

  #add(object: GitObject): GitObject {
    this.#made.set(object.oid, object)
    return object
  }

  #tree(files: Files): string {
    const entries: TreeEntry[] = []
    const folders = new Map<string, Files>()
    for (const [path, file] of Object.entries(files)) {
      const [first = '', ...rest] = path.split('/')
      const name = rest.length > 0 ? first : Buffer.from(first).toString('latin1')
      if (rest.length > 0) folders.set(name, { ...folders.get(name), [rest.join('/')]: file })
      else {
        const { content, mode } = typeof file === 'string' ? { content: file, mode: '100644' } : file
        entries.push({ mode, name, oid: this.#add(createObject('blob', Buffer.from(content))).oid })
      }
    }
    for (const [name, inner] of folders)
      entries.push({
        mode: '40000',
        name: Buffer.from(name).toString('latin1'),
        oid: this.#tree(inner),
      })
    return this.#add(createObject('tree', encodeTree(entries))).oid
  }
}
