import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reply, RequestPayload, SavesStatus } from '@codenest/runner/protocol'
import { openPage } from '../support/page.ts'
import type { TestPage } from '../support/page.ts'
import type { Owner } from '../support/platform.ts'
import { blobId } from './disk.ts'
import type { Ledger } from './ledger.ts'

interface OpenSave {
  payload: RequestPayload<'saves.save'>
  state: string
  /** Of the ledger, once the runner has answered. */
  position: number | null
}

const CONNECT_MS = 30_000
const NO_SAVES: SavesStatus = {
  state: 'durable',
  pending: [],
  commit: null,
  ref: '',
  durableAt: null,
  problem: null,
  queue: { saves: 0, bytes: 0, limit: 0 },
  notKept: [],
}

/** The page of somebody who saves without waiting, and whose page sends again what was not answered. */
export class Editor {
  readonly #ledger: Ledger
  readonly #open = new Map<string, OpenSave>()
  #page: TestPage | null = null
  #changed = Promise.withResolvers<void>()
  status: SavesStatus = NO_SAVES
  /** Last commit that was acknowledged, by session ref. */
  readonly acknowledged = new Map<string, string>()
  durableSaves = 0

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  get page(): TestPage {
    if (!this.#page) throw new Error('the editor is not connected')
    return this.#page
  }

  async connect(owner: Owner, id: string): Promise<void> {
    const deadline = performance.now() + CONNECT_MS
    for (;;) {
      try {
        await owner.until(id, 'running')
        const page = await openPage(owner, id)
        await this.#take(page)
        return
      } catch (error) {
        // A runner that was just killed may still be taken for a living one.
        if (performance.now() > deadline) throw error
      }
    }
  }

  disconnect(): void {
    this.#page?.socket.disconnect()
    this.#page = null
  }

  /** The workspace's disk is gone, and with it what was not durable. */
  forget(): void {
    this.#open.clear()
  }

  /** Types into a file and saves again and again, without waiting; resolves when all are answered, or the runner has gone. */
  async save(work: string, path: string, contents: string[]): Promise<void> {
    const target = join(work, path)
    const before = await readFile(target).catch(() => null)
    const mode = before && (await isExecutable(target)) ? '100755' : '100644'
    let baseVersion = before && blobId(before)
    const answers: Promise<void>[] = []
    for (const content of contents) {
      const version = blobId(Buffer.from(content))
      const saveId = crypto.randomUUID()
      const payload = { saveId, path, content, baseVersion }
      const state = `${mode} ${version}`
      this.#ledger.write(path, state)
      this.#open.set(saveId, { payload, state, position: null })
      answers.push(this.#send(saveId))
      baseVersion = version
    }
    await Promise.all(answers)
  }

  /** Resolves when the saves' status is not this one any more. */
  async change(from: SavesStatus, signal: AbortSignal): Promise<void> {
    if (this.status !== from) return
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    await Promise.race([this.#changed.promise, aborted])
  }

  async #take(page: TestPage): Promise<void> {
    this.#page = page
    page.socket.on('saves.changed', (status) => this.#learn(status))
    this.#learn(page.saves)
    const unanswered = [...this.#open].filter(([, { position }]) => position === null)
    await Promise.all(unanswered.map(([saveId]) => this.#send(saveId)))
  }

  async #send(saveId: string): Promise<void> {
    const save = this.#open.get(saveId)
    const page = this.#page
    if (!save || !page) return
    const gone = Promise.withResolvers<null>()
    const leave = (): void => gone.resolve(null)
    page.socket.once('disconnect', leave)
    const answered = new Promise<Reply<unknown>>((resolve) => {
      page.socket.emit('saves.save', save.payload, resolve)
    })
    const reply = page.socket.connected ? await Promise.race([answered, gone.promise]) : null
    page.socket.off('disconnect', leave)
    if (reply === null) return
    if (reply.ok) save.position = this.#ledger.write(save.payload.path, save.state)
    else this.#open.delete(saveId)
    this.#settle()
  }

  #learn(status: SavesStatus): void {
    this.status = status
    if (status.commit !== null) this.acknowledged.set(status.ref, status.commit)
    this.#settle()
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  #settle(): void {
    for (const [saveId, { payload, position }] of this.#open) {
      if (position === null || this.status.pending.includes(saveId)) continue
      this.#ledger.secure(payload.path, position)
      this.#open.delete(saveId)
      this.durableSaves += 1
    }
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return ((await lstat(path)).mode & 0o100) !== 0
}
