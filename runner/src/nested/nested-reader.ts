import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from '../errors.ts'
import { readHead } from '../git/head.ts'
import { createObject, encodeCommit } from '../git/objects.ts'
import type { GitObject, Person } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { NotKept } from '../protocol.ts'
import { CloneStateReader } from '../saves/clone-state.ts'
import { encodeFiles } from '../saves/encode-files.ts'
import { encodeSave, encodeStaged, SAVES_COMMITTER } from '../saves/save-commit.ts'
import type { ShadowObjects } from '../saves/shadow-objects.ts'
import { createStagedTree } from '../saves/staged-tree.ts'
import type { StagedTree } from '../saves/staged-tree.ts'
import { findGitDir } from './git-dir.ts'
import { encodeNested, NESTED_FILE } from './nested-record.ts'
import type { NestedRecord } from './nested-record.ts'
import type { NestedRepositories } from './nested-repositories.ts'

/** Most of them whose history is kept, and most bytes of the history of one. */
const MOST = 50
/** Seconds: the same state is the same commit, whenever it is read. */
const NO_TIME = 0
const MAX_HISTORY_BYTES = 512 * 1024 ** 2

interface Known {
  gitDir: string
  module: string | null
  staged: StagedTree
  cloneState: CloneStateReader
  state: OneState | null
}

interface OneState {
  record: NestedRecord
  objects: GitObject[]
}

export interface NestedState {
  commit: GitObject | null
  objects: GitObject[]
}

export interface NestedReaderOptions {
  layout: Layout
  objects: ShadowObjects
  author: Person
  repositories: NestedRepositories
}

/** Reads where the HEAD, index and branches of each nested repository stand; their files are part of any save. */
export class NestedReader {
  readonly #options: NestedReaderOptions
  readonly #known = new Map<string, Known>()
  readonly #refused = new Map<string, string>()
  /** Git directories whose objects the shadow's trees may name. */
  readonly #lent = new Map<string, string>()
  #alternates = ''
  #state: NestedState | null = null

  constructor(options: NestedReaderOptions) {
    this.#options = options
  }

  /** Those of which only the files are kept, by path. */
  get notKept(): NotKept[] {
    return [...this.#refused.keys()].toSorted().map((path) => ({
      path: Buffer.from(path, 'latin1').toString('utf8'),
      reason: 'repository',
      message: this.#refused.get(path) ?? '',
    }))
  }

  /** Something in its `.git` changed; without a path, something in that of any. */
  noticeChange(path?: string): void {
    for (const [each, known] of this.#known) {
      if (path !== undefined && each !== path) continue
      known.state = null
      known.cloneState.noticeChange()
    }
    // It may have been refused for what it no longer is.
    if (path !== undefined) this.#refused.delete(path)
  }

  /** The remote does not take their histories; their files are kept all the same. False when there are none. */
  refuseAll(reason: string): boolean {
    const refused = [...this.#known.keys()]
    for (const path of refused) this.#refused.set(path, `only the files are kept, not the history: ${reason}`)
    this.#known.clear()
    this.#state = null
    return refused.length > 0
  }

  /** A commit that holds where all of them stand, null when there are none; and the objects that it is made of. */
  async read(): Promise<NestedState> {
    if (this.#state && !this.#isStale()) return this.#state
    const { paths } = this.#options.repositories
    for (const path of [...this.#known.keys(), ...this.#refused.keys()]) {
      if (paths.includes(path)) continue
      this.#known.delete(path)
      this.#refused.delete(path)
      this.#lent.delete(path)
    }
    for (const path of paths) if (!this.#known.has(path) && !this.#refused.has(path)) await this.#meet(path)
    await this.#borrow()
    const records: NestedRecord[] = []
    const objects: GitObject[] = []
    for (const [path, known] of this.#known) {
      known.state ??= await this.#readOne(path, known)
      records.push(known.state.record)
      objects.push(...known.state.objects)
    }
    this.#state = this.#encode(records, objects)
    return this.#state
  }

  #isStale(): boolean {
    const { paths } = this.#options.repositories
    if ([...this.#known.values()].some(({ state }) => state === null)) return true
    const known = this.#known.size + this.#refused.size
    return known !== paths.length || paths.some((path) => !this.#known.has(path) && !this.#refused.has(path))
  }

  #encode(records: NestedRecord[], made: GitObject[]): NestedState {
    if (records.length === 0) return { commit: null, objects: [] }
    const { objects, tree } = encodeFiles(new Map([[NESTED_FILE, encodeNested(records)]]))
    const content = {
      tree,
      parents: records.map(({ commit }) => commit),
      author: this.#options.author,
      committer: SAVES_COMMITTER,
      time: NO_TIME,
      message: 'State of nested repositories\n',
    }
    const commit = createObject('commit', encodeCommit(content))
    return { commit, objects: [...made, ...objects, commit] }
  }

  async #meet(path: string): Promise<void> {
    const { layout, objects, author } = this.#options
    const work = join(layout.work, Buffer.from(path, 'latin1').toString('utf8'))
    const found = await findGitDir(layout.work, work)
    if (found === null) return
    const refuse = (message: string): void => void this.#refused.set(path, message)
    if (typeof found === 'string') return refuse(found)
    if (this.#known.size >= MOST)
      return refuse(`only the files are kept: this workspace has more than ${MOST} repositories in it`)
    const bytes = await sizeOf(found.path)
    if (bytes > MAX_HISTORY_BYTES)
      return refuse(
        `only the files are kept: the history has ${megabytes(bytes)}, the limit is ${megabytes(MAX_HISTORY_BYTES)}`,
      )
    const own: Layout = { ...layout, work, gitDir: found.path, issuedConfig: '/dev/null' }
    this.#lent.set(path, found.path)
    this.#known.set(path, {
      gitDir: found.path,
      module: found.module,
      staged: createStagedTree(own),
      cloneState: new CloneStateReader({ layout: own, objects, author, isNested: true }),
      state: null,
    })
  }

  /** git reads their objects through the shadow, as it does the clone's. */
  async #borrow(): Promise<void> {
    const { layout, objects } = this.#options
    const folders = [layout.gitDir, ...this.#lent.values()]
    const lines = folders.map((folder) => `${join(folder, 'objects')}\n`).join('')
    const path = join(layout.shadow, 'objects/info/alternates')
    this.#alternates ||= await readFile(path, 'utf8')
    if (lines === this.#alternates) return
    await writeFile(path, lines)
    this.#alternates = lines
    objects.reset()
  }

  async #readOne(path: string, { gitDir, module, staged, cloneState }: Known): Promise<OneState> {
    const { author } = this.#options
    const head = await readHead(gitDir)
    const index = await staged.read()
    const clone = await cloneState.read(index.rest)
    const stagedCommit = encodeStaged(index.tree, head.commit, author, NO_TIME)
    const commit = encodeSave({
      tree: index.tree,
      parents: [head.commit, stagedCommit.oid, clone.commit?.oid].filter((oid) => typeof oid === 'string'),
      author,
      subject: 'State of a nested repository',
      time: NO_TIME,
      saveIds: [],
      head: head.ref ?? head.commit ?? 'unknown',
      headCommit: head.commit,
      state: clone.state,
      index: index.tree,
      clone: clone.commit?.oid ?? null,
      nested: null,
      previous: null,
      merged: [],
    })
    const record = { commit: commit.oid, module, path }
    return { record, objects: [...clone.objects, stagedCommit, commit] }
  }
}

/** Bytes of a repository's objects. */
async function sizeOf(gitDir: string): Promise<number> {
  try {
    const { stdout } = await git(['count-objects', '-v'], { gitDir })
    const kilobytes = [...stdout.toString().matchAll(/^size(?:-pack)?: (\d+)$/gm)]
    return kilobytes.reduce((sum, [, size]) => sum + Number(size) * 1024, 0)
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MB`
}
