import { get } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { z } from 'zod'
import { parseJson } from '../../parse-json.ts'
import { RunnerStatus } from '../runner-status.ts'
import { shortLines } from '../short-lines.ts'

const FIRST_RETRY = 20
const LAST_RETRY = 2_000
/** Milliseconds until a connection that nothing answers is given up. */
const CONNECT = 5_000
/** Milliseconds between the kernel's questions whether the other side is still there. */
const KEEP_ALIVE = 20_000

const Line = RunnerStatus.extend({
  session: z.string().nullable(),
  /** `waiting`: it works for nobody yet. */
  stage: z.enum(['waiting', ...RunnerStatus.shape.stage.options]),
})
/** What the runner of a pod says of itself. */
export type PodStatus = z.infer<typeof Line>

export interface RunnerLinkOptions {
  host: string
  port: number
  /** null when nothing can be heard of it any more; then it is tried again. */
  onStatus: (status: PodStatus | null) => void
}

/** Listens to one runner, for as long as its pod lives: it tells at once how far it is, and when it is gone. */
export class RunnerLink implements Disposable {
  readonly #options: RunnerLinkOptions
  #request: ClientRequest | null = null
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false
  #heard = false

  constructor(options: RunnerLinkOptions) {
    this.#options = options
    this.#connect()
  }

  /** Tries at once: something about the runner has changed. */
  hurry(): void {
    if (this.#request || this.#closed) return
    clearTimeout(this.#retry)
    this.#failures = 0
    this.#connect()
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#request?.destroy()
  }

  #connect(): void {
    const { host, port } = this.#options
    const request = get({ host, port, path: '/stages', agent: false, timeout: CONNECT })
    this.#request = request
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE))
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('response', (response) => {
      request.setTimeout(0)
      if (response.statusCode !== 200) response.destroy()
      this.#read(response).catch(() => {})
    })
    request.on('error', () => {})
    request.on('close', () => this.#lost())
  }

  async #read(response: IncomingMessage): Promise<void> {
    for await (const line of shortLines(response)) this.#take(line)
  }

  #take(line: string): void {
    const parsed = Line.safeParse(parseJson(line))
    if (!parsed.success || this.#closed) return
    this.#failures = 0
    this.#heard = true
    this.#options.onStatus(parsed.data)
  }

  #lost(): void {
    this.#request = null
    if (this.#closed) return
    if (this.#heard) this.#options.onStatus(null)
    this.#heard = false
    this.#retry = setTimeout(() => this.#connect(), Math.min(FIRST_RETRY * 2 ** this.#failures, LAST_RETRY))
    this.#failures += 1
  }
}
