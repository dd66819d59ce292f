import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { RunnerError } from '../errors.ts'
import { debounce } from '../debounce.ts'
import type { Debounced } from '../debounce.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { WorkPath, WorkPaths } from '../files/paths.ts'
import { MissingObjectError } from '../git/object-reader.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { createObject, hashObject } from '../git/objects.ts'
import type { GitObject } from '../git/objects.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import { MAX_TEXT_FILE_BYTES } from '../protocol.ts'
import type { ReplyValues, RequestPayload, SavesStatus } from '../protocol.ts'
import { createSerial } from '../serial.ts'
import { createOwnWrites } from './own-writes.ts'
import type { Outbox } from './outbox.ts'
import type { Pusher } from './pusher.ts'
import type { SaveChain } from './save-chain.ts'
import { editTree, NestedRepositoryError } from './save-tree.ts'
import type { Edit } from './save-tree.ts'
import { sweepWorkTree } from './sweep.ts'
import type { UserRefs } from './user-refs.ts'

/** A sweep starts this long after the last change, and this long after the first at the latest, in milliseconds. */
const SWEEP_QUIET_MS = 500
const SWEEP_LIMIT_MS = 3_000

export interface SavesOptions {
  layout: Layout
  paths: WorkPaths
  reader: ObjectReader
  chain: SaveChain
  outbox: Outbox
  pusher: Pusher
  userRefs: UserRefs
  onChange: () => void
  log: Logger
}

/** Turns what happens to the files into saves: at once for the editor's, by a sweep for everything else. */
export class Saves {
  readonly #options: SavesOptions
  readonly #serial = createSerial()
  /** The shadow's index has one user at a time. */
  readonly #indexSerial = createSerial()
  readonly #ownWrites = createOwnWrites()
  readonly #sweepSoon: Debounced
  readonly #closed = new AbortController()
  /** Editor saves that the shadow's index does not have yet, by path. */
  #edits = new Map<string, Edit>()
  #sweeping: Promise<void> | null = null
  #refusing = false

  constructor(options: SavesOptions) {
    this.#options = options
    this.#sweepSoon = debounce(() => void this.sweepInBackground(), SWEEP_QUIET_MS, SWEEP_LIMIT_MS)
  }

  get status(): SavesStatus {
    const { chain, outbox, pusher } = this.#options
    const pending = outbox.batch() !== null || pusher.busy
    const common = {
      pending: outbox.saveIds,
      commit: pusher.acknowledged,
      ref: chain.ref,
      durableAt: pusher.durableAt,
      queue: { saves: 0, bytes: 0, limit: 0 },
      notKept: [],
    }
    if (pusher.problem === null) return { state: pending ? 'saving' : 'durable', problem: null, ...common }
    const problem = `Saves are not reaching the repository: ${pusher.problem}. They are kept on the workspace's disk and sent again every few seconds.`
    return { state: 'failing', problem, ...common }
  }

  /** Writes a file and commits it. Resolves when both are on this disk; `status` tells when the remote has them. */
  save(payload: RequestPayload<'saves.save'>): Promise<ReplyValues['saves.save']> {
    return this.#serial(() => this.#save(payload))
  }

  /** Something in the work tree changed, at these paths relative to it. */
  async noticeFiles(paths: string[]): Promise<void> {
    for (const path of paths) {
      if (await this.#ownWrites.isCurrent(join(this.#options.layout.work, path))) continue
      this.#sweepSoon.schedule()
      return
    }
  }

  /** HEAD, the index or a ref of the clone changed. */
  noticeRepository(): void {
    this.#sweepSoon.schedule()
  }

  /** Saves what is on disk now. Throws when the work tree cannot be read. */
  async sweep(): Promise<void> {
    this.#sweepSoon.cancel()
    while (this.#sweeping) await this.#sweeping.catch(() => undefined)
    this.#sweeping = this.#sweep().finally(() => {
      this.#sweeping = null
    })
    await this.#sweeping
  }

  /** Like `sweep`, but a failure only goes to the log: the next change tries again. */
  async sweepInBackground(): Promise<void> {
    try {
      await this.sweep()
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.#options.log.error({ err: error }, 'sweep failed')
    }
  }

  /**
   * The user's `git gc --prune=now`, or a new `git init`, may take objects away that waiting saves are built on. Then
   * one save of what is on disk, on top of what the remote has, stands in for them.
   */
  async repair(acknowledged: string | null): Promise<void> {
    const { layout, reader, chain, outbox, log } = this.#options
    log.error({ waiting: outbox.saveIds }, 'objects of waiting saves are gone, saving everything anew')
    await this.#serial(async () => {
      reader.reset()
      chain.restart(acknowledged)
      await this.#indexSerial(() => rm(layout.snapIndex, { force: true }))
      const tree = await this.#readWorkTree(this.#edits)
      const { saveIds } = outbox
      const entry = await chain.append({ tree, objects: [], selfContained: false, paths: [], saveIds }, false)
      if (entry) outbox.replace(entry)
    })
  }

  /** Refuses further saves, sweeps and pushes a last time. False when the remote does not have everything. */
  async stop(deadline: AbortSignal): Promise<boolean> {
    const { pusher, log } = this.#options
    this.#refusing = true
    const abort = (): void => this.#closed.abort()
    deadline.addEventListener('abort', abort, { once: true })
    let swept = true
    await this.sweep().catch((error: unknown) => {
      log.error({ err: error }, 'the last sweep failed')
      swept = false
    })
    return (await pusher.drain(deadline)) && swept
  }

  dispose(): void {
    this.#closed.abort()
    this.#sweepSoon.cancel()
  }

  async #save(payload: RequestPayload<'saves.save'>): Promise<ReplyValues['saves.save']> {
    const { path, content, baseVersion, saveId } = payload
    const { layout, paths, outbox } = this.#options
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
    if (written && outbox.has(saveId)) return { version: blob.oid }

    const mode = isExecutable(target) ? '100755' : '100644'
    const edit = { path: target.relative, mode, oid: blob.oid }
    const trees = await this.#editTree(this.#options.chain.tree, edit)
    if (!written) {
      const permissions = target.stats ? target.stats.mode & 0o7777 : undefined
      await mkdir(dirname(target.absolute), { recursive: true })
      await replaceFile(target.absolute, bytes, { temporary: layout.temporary, mode: permissions })
      await this.#ownWrites.record(target.absolute)
    }
    try {
      await this.#commitEdit(edit, blob, trees, saveId)
    } catch (error) {
      // The file is written: a sweep brings it into a save as soon as that works again.
      this.#sweepSoon.schedule()
      throw error
    }
    return { version: blob.oid }
  }

  /** `trees` is null when the last save's trees are gone from this disk: then the whole work tree is hashed anew. */
  async #commitEdit(edit: Edit, blob: GitObject, trees: GitObject[] | null, saveId: string): Promise<void> {
    const { chain } = this.#options
    this.#edits.set(edit.path, edit)
    const tree = trees?.at(-1)?.oid ?? (await this.#readWorkTree(this.#edits))
    const objects = [blob, ...(trees ?? [])]
    const addition = { tree, objects, selfContained: trees !== null, paths: [edit.path], saveIds: [saveId] }
    this.#enqueue(await chain.append(addition, false))
  }

  async #editTree(root: string | null, edit: Edit): Promise<GitObject[] | null> {
    try {
      return await editTree((oid) => this.#options.reader.read(oid), root, edit)
    } catch (error) {
      if (error instanceof MissingObjectError) return null
      if (!(error instanceof NestedRepositoryError)) throw error
      const message = `${edit.path} is inside the nested repository ${error.message}, which saves do not cover: change it in a terminal, and commit and push it there.`
      throw new RunnerError('outside_workspace', message, { cause: error })
    }
  }

  #enqueue(entry: Awaited<ReturnType<SaveChain['append']>>): void {
    const { outbox, pusher, onChange } = this.#options
    if (entry) outbox.add(entry)
    pusher.kick()
    // Told before the answer: a page never sees its save neither pending nor durable.
    onChange()
  }

  /** git reads the work tree while the editor goes on saving; what it saved meanwhile is laid over the result. */
  async #sweep(): Promise<void> {
    const { chain } = this.#options
    const edits = this.#edits
    this.#edits = new Map()
    try {
      const swept = await this.#readWorkTree(edits)
      // A `.git` that was made anew is not watched any more.
      this.#options.userRefs.noticeChange()
      await this.#serial(async () => {
        const objects: GitObject[] = []
        let tree = swept
        for (const edit of this.#edits.values()) {
          const trees = await editTree((oid) => this.#readWith(objects, oid), tree, edit)
          objects.push(...trees)
          tree = trees.at(-1)?.oid ?? tree
        }
        this.#enqueue(
          await chain.append({ tree, objects, selfContained: false, paths: [], saveIds: [] }, true),
        )
      })
    } catch (error) {
      this.#edits = new Map([...edits, ...this.#edits])
      throw error
    }
  }

  #readWorkTree(edits: Map<string, Edit>): Promise<string> {
    const { layout, log } = this.#options
    return this.#indexSerial(() => sweepWorkTree(layout, [...edits.values()], log, this.#closed.signal))
  }

  async #readWith(objects: GitObject[], oid: string): Promise<GitObject> {
    return objects.find((object) => object.oid === oid) ?? (await this.#options.reader.read(oid))
  }
}

/** The blob id of what is on disk; null when there is nothing. */
async function versionOf({ absolute, stats }: WorkPath): Promise<string | null> {
  if (!stats) return null
  if (stats.isSymbolicLink()) {
    throw new RunnerError('not_a_file', 'That is a symbolic link: open the file that it points to.')
  }
  if (!stats.isFile()) throw new RunnerError('not_a_file', 'That is not a file.')
  return hashObject('blob', await readFile(absolute))
}

function isExecutable({ stats }: WorkPath): boolean {
  return stats !== null && (stats.mode & 0o100) !== 0
}
