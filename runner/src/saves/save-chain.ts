import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { replaceFile } from '../files/replace-file.ts'
import { readHead, readState } from '../git/head.ts'
import type { Head } from '../git/head.ts'
import { SAVES_PREFIX } from '../git/ls-refs.ts'
import { writeLooseObjects } from '../git/loose-objects.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { EMPTY_TREE_OID, parseCommit } from '../git/objects.ts'
import type { GitObject, Person } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import { encodeSave, encodeStaged, parseSave } from './save-commit.ts'
import type { StagedTree } from './staged-tree.ts'

export interface Addition {
  tree: string
  /** Objects that are in no repository yet. */
  objects: GitObject[]
  /** True when `objects` is all that separates `tree` from the previous save's. */
  selfContained: boolean
  /** Paths and ids of editor saves; none for a sweep. */
  paths: string[]
  saveIds: string[]
}

export interface ChainEntry {
  commit: string
  parents: string[]
  objects: GitObject[]
  selfContained: boolean
  saveIds: string[]
}

/** How far back saves are looked at that an earlier run may not have pushed. */
const MOST_UNPUSHED = 1_000

/** What the user's clone looked like at the last save; a change of it is worth a save, too. */
interface Standing {
  head: string
  commit: string | null
  index: string | null
}

export interface ChainOptions {
  layout: Layout
  session: string
  author: Person
  reader: ObjectReader
  staged: StagedTree
}

/** The line of saves that `refs/codenest/saves/<session>` of the shadow names. */
export class SaveChain {
  readonly ref: string
  readonly #options: ChainOptions
  #tip: string | null = null
  #tree: string | null = null
  /** False while the tip is a save of an earlier session. */
  #ownsTip = false
  #standing: Standing | null = null
  /** Commits of the user that the tip is known to descend from. */
  readonly #contained = new Set<string>()
  #stagedCommit: { key: string; oid: string } | null = null

  constructor(options: ChainOptions) {
    this.#options = options
    this.ref = `${SAVES_PREFIX}${options.session}`
  }

  get tip(): string | null {
    return this.#tip
  }

  /** Tree of the last save, or of HEAD before the first; null for nothing. */
  get tree(): string | null {
    return this.#tree
  }

  /** Continues from the newest save there is, or from HEAD. */
  async open(newest: { ref: string; commit: string } | null): Promise<void> {
    const head = await readHead(this.#options.layout.gitDir)
    const save = newest && parseSave((await this.#options.reader.read(newest.commit)).data)
    if (!newest || !save) {
      const tree = await this.#headTree(head)
      this.#tree = head.commit ? tree : null
      this.#standing = { head: nameOf(head), commit: head.commit, index: tree }
      return
    }
    this.#tip = newest.commit
    this.#tree = save.tree
    this.#ownsTip = newest.ref === this.ref
    const commit = (await this.#contains(head)) ? head.commit : null
    this.#standing = { head: save.head, commit, index: save.index }
  }

  /** Saves on this disk up to the tip, oldest first: an earlier run may have ended before it pushed them. */
  async recall(): Promise<ChainEntry[]> {
    const entries: ChainEntry[] = []
    let next = this.#tip
    while (next !== null && entries.length < MOST_UNPUSHED) {
      const save = parseSave((await this.#options.reader.read(next)).data)
      if (!save) break
      const { parents, saveIds } = save
      entries.unshift({ commit: next, parents, saveIds, objects: [], selfContained: false })
      next = await this.#previousSave(parents)
    }
    return entries
  }

  /** Forgets the saves after `tip`; the next one is appended there. */
  restart(tip: string | null): void {
    this.#tip = tip
    this.#ownsTip = tip !== null
    this.#contained.clear()
    this.#stagedCommit = null
  }

  /**
   * Adds a save and puts it on disk. With `onlyIfChanged` returns null when neither the files nor HEAD nor what is
   * staged changed since the last one.
   */
  async append(addition: Addition, onlyIfChanged: boolean): Promise<ChainEntry | null> {
    const { layout, author, staged } = this.#options
    const [head, state, index] = await Promise.all([
      readHead(layout.gitDir),
      readState(layout.gitDir),
      staged.read(),
    ])
    const standing: Standing = { head: nameOf(head), commit: head.commit, index }
    const sameTree = addition.tree === (this.#tree ?? EMPTY_TREE_OID)
    if (onlyIfChanged && sameTree && isSame(standing, this.#standing)) return null

    const time = Math.floor(Date.now() / 1000)
    const parents = await this.#parents(head)
    const stagedCommit = index === null ? null : await this.#commitStaged(head, index, time)
    const commit = encodeSave({
      tree: addition.tree,
      parents: [...parents, ...(stagedCommit ? [stagedCommit.oid] : [])],
      author,
      paths: addition.paths,
      saveIds: addition.saveIds,
      head: standing.head,
      state,
      index,
      time,
    })
    const objects = [...addition.objects, ...(stagedCommit?.object ? [stagedCommit.object] : []), commit]
    await this.#store(objects, commit.oid)

    this.#tip = commit.oid
    this.#tree = addition.tree
    this.#ownsTip = true
    this.#standing = standing
    this.#stagedCommit = stagedCommit
    if (head.commit) this.#contained.add(head.commit)
    return {
      commit: commit.oid,
      parents,
      objects,
      selfContained: addition.selfContained && !stagedCommit?.object,
      saveIds: addition.saveIds,
    }
  }

  /**
   * The previous save while it contains HEAD, else HEAD. A save of this session then stays a further parent: what
   * was saved before a commit remains reachable, and the ref only ever moves forward.
   */
  async #parents(head: Head): Promise<string[]> {
    const previous = this.#tip ? [this.#tip] : []
    if (!head.commit || (await this.#contains(head))) return previous
    return this.#ownsTip ? [head.commit, ...previous] : [head.commit]
  }

  async #previousSave(parents: string[]): Promise<string | null> {
    for (const parent of parents) {
      if (parseSave((await this.#options.reader.read(parent)).data)) return parent
    }
    return null
  }

  async #contains({ commit }: Head): Promise<boolean> {
    if (!commit || !this.#tip) return false
    if (this.#contained.has(commit)) return true
    const { code } = await git(['merge-base', '--is-ancestor', commit, this.#tip], {
      gitDir: this.#options.layout.shadow,
      allowedCodes: [0, 1, 128],
    })
    if (code === 0) this.#contained.add(commit)
    return code === 0
  }

  async #commitStaged(
    head: Head,
    index: string,
    time: number,
  ): Promise<{ key: string; oid: string; object?: GitObject } | null> {
    if (index === (await this.#headTree(head))) return null
    const key = `${head.commit}:${index}`
    if (this.#stagedCommit?.key === key) return { key, oid: this.#stagedCommit.oid }
    const object = encodeStaged(index, head.commit, this.#options.author, time)
    return { key, oid: object.oid, object }
  }

  async #headTree({ commit }: Head): Promise<string> {
    if (!commit) return EMPTY_TREE_OID
    return parseCommit((await this.#options.reader.read(commit)).data).tree
  }

  async #store(objects: GitObject[], commit: string): Promise<void> {
    const { layout, reader } = this.#options
    await writeLooseObjects(layout.shadow, objects)
    const path = join(layout.shadow, this.ref)
    await mkdir(dirname(path), { recursive: true })
    await replaceFile(path, Buffer.from(`${commit}\n`), { temporary: layout.temporary })
    for (const object of objects) reader.remember(object)
  }
}

function nameOf(head: Head): string {
  return head.ref ?? head.commit ?? 'unknown'
}

function isSame(a: Standing, b: Standing | null): boolean {
  return a.head === b?.head && a.commit === b.commit && a.index === b.index
}
