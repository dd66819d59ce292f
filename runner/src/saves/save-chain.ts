import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { replaceFile } from '../files/replace-file.ts'
import { readHead } from '../git/head.ts'
import type { Head } from '../git/head.ts'
import { SAVES_PREFIX } from '../git/ls-refs.ts'
import { EMPTY_TREE_OID, parseCommit } from '../git/objects.ts'
import type { GitObject, Person } from '../git/objects.ts'
import { encodePack } from '../git/pack.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { NestedReader } from '../nested/nested-reader.ts'
import type { CloneStateReader } from './clone-state.ts'
import type { Journal } from './journal.ts'
import { encodeSave, encodeStaged, parseSave } from './save-commit.ts'
import type { ShadowObjects } from './shadow-objects.ts'
import type { StagedTree } from './staged-tree.ts'

/** The journal is cleared above this size, in bytes: a flush costs a process. */
const TIDY_BYTES = 4 * 1024 * 1024

export interface Addition {
  tree: string
  /** Objects that are in no repository yet. */
  objects: GitObject[]
  /** True when `objects` is all that separates `tree` from the previous save's. */
  selfContained: boolean
  subject: string
  /** Ids of the page's saves; none for a sweep. */
  saveIds: string[]
  /** Last save of another session that is part of this one. */
  merged?: string
}

export interface ChainEntry {
  commit: string
  parents: string[]
  objects: GitObject[]
  selfContained: boolean
  saveIds: string[]
  /** What it takes in the queue. */
  bytes: number
  /** All of `objects`, as it stands in the journal; null when it is no longer in memory. */
  pack: Buffer | null
}

/** What the user's clone looked like at the last save; a change of it is worth a save, too. */
interface Standing {
  head: string
  commit: string | null
  index: string
  clone: string | null
  nested: string | null
}

export interface ChainOptions {
  layout: Layout
  session: string
  author: Person
  objects: ShadowObjects
  journal: Journal
  staged: StagedTree
  cloneState: CloneStateReader
  nested: NestedReader
}

/** The line of saves of one session: `refs/codenest/saves/<session>`. */
export class SaveChain {
  readonly ref: string
  readonly #options: ChainOptions
  #tip: string | null = null
  #tree: string | null = null
  /** False while the tip is a save of an earlier session. */
  #ownsTip = false
  #previous: string | null = null
  #merged: string[] = []
  #standing: Standing | null = null
  /** Commits of the user that the tip is known to descend from. */
  readonly #contained = new Set<string>()
  #stagedCommit: { key: string; oid: string } | null = null
  #stored: string | null = null

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

  /**
   * Continues from the newest save there is, or from HEAD. `isWaiting`: the remote may lack that save, so it goes along
   * as a part of this session's line.
   */
  async open(newest: { ref: string; commit: string } | null, isWaiting: boolean): Promise<void> {
    const { layout, objects } = this.#options
    const head = await readHead(layout.gitDir)
    const save = newest && parseSave((await objects.read(newest.commit)).data)
    if (!newest || !save) {
      const tree = await this.#headTree(head)
      this.#tree = head.commit ? tree : null
      this.#standing = { head: nameOf(head), commit: head.commit, index: tree, clone: null, nested: null }
      return
    }
    this.#tip = newest.commit
    this.#tree = save.tree
    const isOwn = newest.ref === this.ref
    this.#ownsTip = isOwn || isWaiting
    this.#previous = isOwn ? save.previous : newest.commit
    this.#merged = isOwn ? save.merged : []
    // An earlier runner may not have written all trailers: then the next sweep makes a save that has them.
    this.#standing = {
      head: save.head,
      commit: save.headCommit,
      index: save.index ?? '',
      clone: save.clone,
      nested: save.nested,
    }
  }

  /** Forgets the saves after `tip`; the next one is appended there. */
  restart(tip: string | null): void {
    this.#tip = tip
    this.#ownsTip = tip !== null
    this.#contained.clear()
    this.#stagedCommit = null
  }

  /**
   * Adds a save and puts it on disk. With `onlyIfChanged` returns null when neither the files nor the clone's own
   * state changed since the last one.
   */
  async append(addition: Addition, onlyIfChanged: boolean): Promise<ChainEntry | null> {
    const { layout, author, staged, cloneState, nested: nestedReader } = this.#options
    const [head, index] = await Promise.all([readHead(layout.gitDir), staged.read()])
    const clone = await cloneState.read(index.rest)
    const nested = await nestedReader.read()
    const standing: Standing = {
      head: nameOf(head),
      commit: head.commit,
      index: index.tree,
      clone: clone.commit?.oid ?? null,
      nested: nested.commit?.oid ?? null,
    }
    const sameTree = addition.tree === (this.#tree ?? EMPTY_TREE_OID)
    if (onlyIfChanged && sameTree && isSame(standing, this.#standing)) return null

    const time = Math.floor(Date.now() / 1000)
    const parents = await this.#parents(head)
    const stagedCommit = await this.#commitStaged(head, index.tree, time)
    const newClone = clone.commit !== null && standing.clone !== this.#standing?.clone
    const newNested = nested.commit !== null && standing.nested !== this.#standing?.nested
    const merged = addition.merged ? [...this.#merged, addition.merged] : this.#merged
    const beside = [stagedCommit?.oid, clone.commit?.oid, nested.commit?.oid].filter(
      (oid) => oid !== undefined,
    )
    const commit = encodeSave({
      tree: addition.tree,
      parents: [...parents, ...beside],
      author,
      subject: addition.subject,
      saveIds: addition.saveIds,
      head: standing.head,
      headCommit: standing.commit,
      state: clone.state,
      index: index.tree,
      clone: standing.clone,
      nested: standing.nested,
      previous: this.#previous,
      merged,
      time,
    })
    const made = [
      ...addition.objects,
      ...(stagedCommit?.object ? [stagedCommit.object] : []),
      ...(newClone ? clone.objects : []),
      ...(newNested ? nested.objects : []),
      commit,
    ]
    const selfContained = addition.selfContained && !stagedCommit?.object && !newClone && !newNested
    const entry = { commit: commit.oid, parents, saveIds: addition.saveIds, selfContained }
    const pack = await this.#store(made, entry)
    this.#tip = commit.oid
    this.#tree = addition.tree
    this.#ownsTip = true
    this.#merged = merged
    this.#standing = standing
    this.#stagedCommit = stagedCommit
    if (head.commit) this.#contained.add(head.commit)
    return { ...entry, objects: made, bytes: pack.length, pack }
  }

  /** Everything is in the remote: forgets the journal when it has grown. Not while a save is being added. */
  async tidy(): Promise<void> {
    const { journal } = this.#options
    if (journal.bytes < TIDY_BYTES) return
    await this.flush()
    await journal.clear()
  }

  /** Brings what is in memory alone into the shadow's files. */
  async flush(): Promise<void> {
    const { layout, objects } = this.#options
    await objects.flush()
    const tip = this.#ownsTip ? this.#tip : null
    if (tip === null || tip === this.#stored) return
    const path = join(layout.shadow, this.ref)
    await mkdir(dirname(path), { recursive: true })
    await replaceFile(path, Buffer.from(`${tip}\n`), { temporary: layout.temporary })
    this.#stored = tip
  }

  /**
   * The previous save while it contains HEAD, else HEAD and the previous save: what was saved before a commit stays
   * reachable, and the ref only ever moves forward. The first save of a session stands on HEAD alone, so that the
   * saves of an old session can be let go.
   */
  async #parents(head: Head): Promise<string[]> {
    const previous = this.#tip && this.#ownsTip ? [this.#tip] : []
    if (!head.commit || (previous.length > 0 && (await this.#contains(head)))) return previous
    return [head.commit, ...previous]
  }

  async #contains({ commit }: Head): Promise<boolean> {
    if (!commit || !this.#tip) return false
    if (this.#contained.has(commit)) return true
    await this.flush()
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
    return parseCommit((await this.#options.objects.read(commit)).data).tree
  }

  async #store(
    objects: GitObject[],
    save: { commit: string; parents: string[]; saveIds: string[]; selfContained: boolean },
  ): Promise<Buffer> {
    const { journal, session, objects: shadow } = this.#options
    const pack = await encodePack(objects)
    await journal.append({ session, ...save, pack })
    shadow.add(objects)
    return pack
  }
}

function nameOf(head: Head): string {
  return head.ref ?? head.commit ?? 'unknown'
}

function isSame(a: Standing, b: Standing | null): boolean {
  return (
    a.head === b?.head &&
    a.commit === b.commit &&
    a.index === b.index &&
    a.clone === b.clone &&
    a.nested === b.nested
  )
}
