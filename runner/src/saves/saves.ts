import { join } from 'node:path'

import { RunnerError } from '../errors.ts'
import type { WorkPath, WorkPaths } from '../files/paths.ts'
import { MissingObjectError } from '../git/object-reader.ts'
import { createObject, EMPTY_TREE_OID } from '../git/objects.ts'
import type { GitObject } from '../git/objects.ts'
import type { Remote } from '../git/remote.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { NestedReader } from '../nested/nested-reader.ts'
import type { NestedRepositories } from '../nested/nested-repositories.ts'
import { MAX_TEXT_FILE_BYTES } from '../protocol.ts'
import type { ReplyValues, RequestPayload, SavesStatus } from '../protocol.ts'
import { createSerial } from '../serial.ts'
import type { CloneStateReader } from './clone-state.ts'
import { gitModeOf, versionOf, writeTarget } from './editor-file.ts'
import type { LocalFiles } from './local-files.ts'
import { createOwnWrites } from './own-writes.ts'
import type { Outbox } from './outbox.ts'
import type { Pusher } from './pusher.ts'
import type { Addition, SaveChain } from './save-chain.ts'
import { subjectOf } from './save-commit.ts'
import { editTree, findEntry, NestedRepositoryError } from './save-tree.ts'
import type { Edit } from './save-tree.ts'
import type { ShadowObjects } from './shadow-objects.ts'
import { describeSweepProblem } from './sweep-problem.ts'
import { Sweeper } from './sweeper.ts'
import { switchFiles } from './take-over.ts'
import type { TakeOverOptions } from './take-over.ts'
import type { UserRefs } from './user-refs.ts'
import { WorkTreeReader } from './work-tree-reader.ts'

export interface SavesOptions {
  layout: Layout
  paths: WorkPaths
  objects: ShadowObjects
  chain: SaveChain
  outbox: Outbox
  pusher: Pusher
  userRefs: UserRefs
  nested: { repositories: NestedRepositories; reader: NestedReader }
  cloneState: CloneStateReader
  remote: Remote
  localFiles: LocalFiles
  onChange: () => void
  log: Logger
}

/** Turns what happens to the files into saves: at once for the editor's, by a sweep for everything else. */
export class Saves {
  readonly sweeper: Sweeper
  readonly #options: SavesOptions
  readonly #serial = createSerial()
  readonly #workTree: WorkTreeReader
  readonly #ownWrites = createOwnWrites()
  readonly #closed = new AbortController()
  /** Editor saves that the shadow's index does not have yet, by path. */
  #edits = new Map<string, Edit>()
  /** Ids of saves that are in the files, and that the next sweep makes a commit of. */
  #deferred: string[] = []
  /** How often all files were made what something else says. */
  #takeOvers = 0
  #sweepProblem: string | null = null
  #refusing = false

  constructor(options: SavesOptions) {
    this.#options = options
    const { layout, nested, log } = options
    this.#workTree = new WorkTreeReader({
      layout,
      nested: nested.repositories,
      log,
      signal: this.#closed.signal,
    })
    this.sweeper = new Sweeper(() => this.#sweep(), log)
  }

  get status(): SavesStatus {
    const { chain, localFiles, nested, outbox, pusher } = this.#options
    const problem = this.#problem()
    const isPending = !outbox.isEmpty || pusher.busy || this.#deferred.length > 0
    const state = isPending ? 'saving' : 'durable'
    return {
      state: problem === null ? state : 'failing',
      problem,
      pending: [...outbox.saveIds, ...this.#deferred],
      commit: pusher.acknowledged,
      ref: chain.ref,
      durableAt: pusher.durableAt,
      queue: outbox.queue,
      notKept: [...this.#workTree.notKept, ...localFiles.notKept, ...nested.reader.notKept],
    }
  }

  /** Writes a file and commits it. Resolves when both are on this disk; `status` tells when the remote has them. */
  save(payload: RequestPayload<'saves.save'>): Promise<ReplyValues['saves.save']> {
    return this.#serial(() => this.#save(payload))
  }

  /** Something in the work tree changed, at these paths relative to it. */
  async noticeFiles(paths: string[]): Promise<void> {
    for (const path of paths) {
      if (await this.#ownWrites.isCurrent(join(this.#options.layout.work, path))) continue
      this.sweeper.soon()
      return
    }
  }

  /** HEAD, the index or a ref of the clone changed, or of the repository that is nested at `path`. */
  noticeRepository(path?: string): void {
    const { nested } = this.#options
    if (path !== undefined) nested.repositories.notice(path)
    nested.reader.noticeChange(path)
    this.sweeper.soon()
  }

  /** The remote took something: what found no room may have some now. */
  noticePush(): void {
    const { outbox, chain, log } = this.#options
    const tidy = (): Promise<void> => (outbox.isEmpty ? chain.tidy() : Promise.resolve())
    this.#serial(tidy).catch((error: unknown) => log.warn({ err: error }, 'the journal stays as it is'))
    if (this.#deferred.length > 0 && !outbox.isFull) this.sweeper.soon()
  }

  /**
   * Makes the files what `plan` says, and a save of it. What was there before is saved first. `from` is the tree of what
   * is on disk.
   */
  async takeOver(plan: (from: string) => Promise<Addition | null>): Promise<void> {
    const { layout, objects, chain, remote } = this.#options
    const options: TakeOverOptions = { layout, objects, remote, signal: this.#closed.signal }
    await this.sweeper.now()
    await this.#serial(async () => {
      const from = await this.#readWorkTree(this.#edits)
      const addition = await plan(from)
      if (addition === null) return
      objects.add(addition.objects)
      await chain.flush()
      this.#takeOvers += 1
      await this.#workTree.change(() => switchFiles(options, from, addition.tree))
      this.#edits.clear()
      await this.#append(addition)
    })
  }

  /**
   * The user's `git gc --prune=now`, or a new `git init`, may take objects away that waiting saves are built on. Then
   * one save of what is on disk, on top of what the remote has, stands in for them.
   */
  async repair(acknowledged: string | null): Promise<void> {
    const { objects, chain, outbox, log } = this.#options
    log.error({ waiting: outbox.saveIds }, 'objects of waiting saves are gone, saving everything anew')
    await this.#serial(async () => {
      objects.reset()
      chain.restart(acknowledged)
      await this.#workTree.forget()
      const tree = await this.#readWorkTree(this.#edits)
      const { saveIds } = outbox
      const addition = { tree, objects: [], selfContained: false, subject: subjectOf([]), saveIds }
      const entry = await chain.append(addition, false)
      if (entry) outbox.replace(entry)
    })
  }

  /** Refuses further saves, sweeps and pushes a last time. False when the remote does not have everything. */
  async stop(deadline: AbortSignal): Promise<boolean> {
    const { pusher, chain, log } = this.#options
    this.#refusing = true
    const abort = (): void => this.#closed.abort()
    if (deadline.aborted) abort()
    deadline.addEventListener('abort', abort, { once: true })
    this.#distrust()
    let swept = true
    await this.sweeper.now().catch((error: unknown) => {
      if (!deadline.aborted) log.error({ err: error }, 'the last sweep failed')
      swept = false
    })
    const durable = (await pusher.drain(deadline)) && swept && this.#deferred.length === 0
    if (!durable) await chain.flush().catch(() => undefined)
    return durable
  }

  dispose(): void {
    this.#closed.abort()
    this.sweeper.dispose()
  }

  /** What the watcher has not told yet is looked at all the same. */
  #distrust(): void {
    const { cloneState, nested, userRefs } = this.#options
    userRefs.noticeChange()
    cloneState.noticeChange()
    nested.reader.noticeChange()
    nested.repositories.forget()
  }

  #problem(): string | null {
    const { outbox, pusher } = this.#options
    if (this.#sweepProblem !== null) return this.#sweepProblem
    if (pusher.problem === null) return null
    const why = `Saves are not reaching the repository: ${pusher.problem}.`
    if (outbox.isFull)
      return `${why} No more of them fit into the queue; your files are on the workspace's disk and are saved as soon as the repository answers.`
    return `${why} They are kept on the workspace's disk and sent again every few seconds.`
  }

  async #save(payload: RequestPayload<'saves.save'>): Promise<ReplyValues['saves.save']> {
    const { path, content, baseVersion, saveId } = payload
    const { paths, outbox } = this.#options
    if (this.#refusing)
      throw new RunnerError('not_ready', 'The workspace is stopping and takes no more saves.')
    const bytes = Buffer.from(content)
    if (bytes.length > MAX_TEXT_FILE_BYTES) {
      throw new RunnerError('file_too_large', `${path} is too large to be saved from the editor.`)
    }
    const blob = createObject('blob', bytes)
    const target = await paths.locate(path)
    const current = await versionOf(target)
    const written = current === blob.oid
    if (!written && current !== baseVersion) {
      throw new RunnerError('file_changed', `${path} was changed on disk since it was opened.`)
    }
    // The page asks again when a connection broke before the answer.
    if (written && (outbox.has(saveId) || this.#deferred.includes(saveId))) return { version: blob.oid }

    const write = written ? Promise.resolve() : this.#write(target, bytes)
    // Side by side, for both wait for the disk. What only one of them has is mended by a sweep.
    const [file, save] = await Promise.allSettled([write, this.#commitEdit(target, blob, saveId)])
    for (const done of [file, save]) {
      if (done.status === 'fulfilled') continue
      this.sweeper.soon()
      throw done.reason
    }
    return { version: blob.oid }
  }

  async #write(target: WorkPath, bytes: Buffer): Promise<void> {
    const written = await writeTarget(target, bytes, this.#options.layout.temporary)
    this.#ownWrites.record(target.absolute, written)
  }

  async #commitEdit(target: WorkPath, blob: GitObject, saveId: string): Promise<void> {
    const { chain, localFiles, outbox, onChange } = this.#options
    const path = target.relative
    if (await localFiles.has(path, () => this.#isKept(path))) {
      onChange()
      return
    }
    const edit = { path, mode: gitModeOf(target), oid: blob.oid }
    const trees = outbox.isFull ? null : await this.#editTree(chain.tree, edit)
    if (trees === null) {
      this.#deferred.push(saveId)
      this.sweeper.soon()
      onChange()
      return
    }
    const tree = trees.at(-1)?.oid ?? EMPTY_TREE_OID
    const objects = [blob, ...trees]
    await this.#append({ tree, objects, selfContained: true, subject: subjectOf([path]), saveIds: [saveId] })
    // Not before: a sweep would ask git for a blob that is nowhere, for ever if there was no room for it.
    this.#edits.set(path, edit)
  }

  async #isKept(path: string): Promise<boolean> {
    const { chain, objects } = this.#options
    if (chain.tree === null) return false
    const found = findEntry((oid) => objects.read(oid), chain.tree, path)
    return (await found.catch(() => null)) !== null
  }

  /** null when a sweep has to do it: the last save's trees are gone, or the path is in a nested repository. */
  async #editTree(root: string | null, edit: Edit): Promise<GitObject[] | null> {
    try {
      return await editTree((oid) => this.#options.objects.read(oid), root, edit)
    } catch (error) {
      if (error instanceof MissingObjectError || error instanceof NestedRepositoryError) return null
      throw error
    }
  }

  async #append(addition: Addition, onlyIfChanged = false): Promise<void> {
    const { chain, objects, outbox, pusher, onChange } = this.#options
    const entry = await chain.append(addition, onlyIfChanged)
    if (entry) outbox.add(entry)
    if (objects.isLarge) await chain.flush()
    pusher.kick()
    // Told before the answer: a page never sees its save neither pending nor durable.
    onChange()
  }

  /** git reads the work tree while the editor goes on saving; what it saved meanwhile is laid over the result. */
  async #sweep(): Promise<void> {
    const { outbox, userRefs, onChange } = this.#options
    const edits = this.#edits
    const deferred = this.#deferred.length
    const takeOvers = this.#takeOvers
    let isOutdated = false
    this.#edits = new Map()
    try {
      await this.#options.chain.flush()
      const swept = await this.#workTree.readSteady(edits)
      this.#sweepProblem = null
      // A `.git` that was made anew is not watched any more.
      userRefs.noticeChange()
      await this.#serial(async () => {
        // It would undo what was changed here since.
        isOutdated = takeOvers !== this.#takeOvers
        if (outbox.isFull || isOutdated) return
        const objects: GitObject[] = []
        let tree = swept
        for (const edit of this.#edits.values()) {
          const trees = await editTree((oid) => this.#readWith(objects, oid), tree, edit)
          objects.push(...trees)
          tree = trees.at(-1)?.oid ?? tree
        }
        const saveIds = this.#deferred.splice(0, deferred)
        const addition = { tree, objects, selfContained: false, subject: subjectOf([]), saveIds }
        await this.#append(addition, saveIds.length === 0).catch((error: unknown) => {
          this.#deferred.unshift(...saveIds)
          throw error
        })
      })
    } catch (error) {
      this.#edits = new Map([...edits, ...this.#edits])
      this.#sweepProblem = await describeSweepProblem(error, this.#options.layout)
      onChange()
      throw error
    }
    if (isOutdated) await this.#sweep()
  }

  async #readWorkTree(edits: Map<string, Edit>): Promise<string> {
    // The index names blobs that may be in memory alone.
    await this.#options.chain.flush()
    return this.#workTree.read(edits)
  }

  async #readWith(objects: GitObject[], oid: string): Promise<GitObject> {
    return objects.find((object) => object.oid === oid) ?? (await this.#options.objects.read(oid))
  }
}
