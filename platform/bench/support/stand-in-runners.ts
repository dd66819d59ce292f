import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { RunnerSpec } from '../../src/engines/engine.ts'
import type {
  ContainerFate,
  PodPlace,
  PodRunner,
  RunningContainer,
} from '../../tests/support/kubernetes/controllers/pod-runner.ts'
import type { Pod } from '../../tests/support/kubernetes/objects.ts'

/** Pods of which only the wire is there: each listens at an address of its own, and says what a runner says. */
export class StandInRunners implements PodRunner {
  readonly #lastSave: (spec: RunnerSpec) => Promise<void>

  /** `lastSave` is what a runner does between SIGTERM and its end. */
  constructor(lastSave: (spec: RunnerSpec) => Promise<void> = async () => {}) {
    this.#lastSave = lastSave
  }

  async prepare(pod: Pod): Promise<PodPlace> {
    const runner = new StandInRunner(this.#lastSave)
    const ip = await runner.listen(pod.spec.containers[0]?.ports?.[0]?.containerPort ?? 0)
    return {
      ip,
      start: (told) => runner.start(told),
      [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
    }
  }
}

class StandInRunner implements AsyncDisposable {
  readonly #server: Server
  readonly #lastSave: (spec: RunnerSpec) => Promise<void>
  readonly #streams = new Set<ServerResponse>()
  #spec: RunnerSpec | null = null
  #stage = 'waiting'
  #told: ContainerFate | null = null
  #stopped: Promise<void> | null = null

  constructor(lastSave: (spec: RunnerSpec) => Promise<void>) {
    this.#lastSave = lastSave
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  /** Resolves to a loopback address that was free. */
  async listen(port: number): Promise<string> {
    for (;;) {
      const byte = (from: number, to: number): number => from + Math.floor(Math.random() * (to - from))
      const ip = `127.${byte(64, 128)}.${byte(0, 256)}.${byte(1, 255)}`
      this.#server.listen(port, ip)
      const isListening = await once(this.#server, 'listening').then(
        () => true,
        () => false,
      )
      if (isListening) return ip
    }
  }

  start(told: ContainerFate): RunningContainer {
    this.#told = told
    told.running()
    told.ready(false)
    return { stop: () => (this.#stopped ??= this.#stop()) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #stop(): Promise<void> {
    this.#say('stopping')
    const saved = this.#spec ? this.#lastSave(this.#spec) : Promise.resolve()
    // As of a runner whose last save is not in the remote.
    const exitCode = await saved.then(
      () => 0,
      () => 3,
    )
    for (const stream of this.#streams) stream.end()
    this.#told?.exited({ exitCode })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/stages') {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      this.#streams.add(response)
      response.on('close', () => this.#streams.delete(response))
      response.write(this.#line())
    } else if (request.method === 'POST' && request.url === '/claim') {
      this.#spec = (await json(request)) as RunnerSpec
      response.writeHead(202).end()
      this.#say('ready')
      this.#told?.ready(true)
    } else response.writeHead(404).end()
  }

  #say(stage: string): void {
    this.#stage = stage
    for (const stream of this.#streams) stream.write(this.#line())
  }

  #line(): string {
    return `${JSON.stringify({ session: this.#spec?.session ?? null, stage: this.#stage, detail: null })}\n`
  }
}
