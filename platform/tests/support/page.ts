import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import type {
  Hello,
  PageEvents,
  Reply,
  ReplyValues,
  RequestName,
  RequestPayload,
  RunnerEvents,
  SavesStatus,
} from '@codenest/runner/protocol'
import type { Owner } from './platform.ts'

/** What the page does with a runner, without a browser. */
export interface TestPage extends Disposable {
  hello: Hello
  /** As the runner has told last. */
  readonly saves: SavesStatus
  socket: Socket<RunnerEvents, PageEvents>
  /** The runner's answer; throws when it refuses. */
  request<N extends RequestName>(name: N, payload: RequestPayload<N>): Promise<ReplyValues[N]>
  /** The code of the runner's refusal. */
  refusal(name: string, payload: unknown): Promise<string>
  /** Saves a file and resolves when the runner says that it is durable. */
  save(path: string, content: string): Promise<SavesStatus>
  /** Resolves to the payload of the first event that satisfies. */
  event<N extends keyof RunnerEvents>(
    name: N,
    satisfies: (payload: Parameters<RunnerEvents[N]>[0]) => boolean,
  ): Promise<Parameters<RunnerEvents[N]>[0]>
}

/** Connects to a workspace that runs, through the gateway, and waits until its runner is ready. */
export async function openPage(platform: Owner, id: string): Promise<TestPage> {
  const { body } = await platform.api('POST', `/workspaces/${id}/connection`)
  const { url, token } = body as { url: string; token: string }
  const socket: TestPage['socket'] = io(platform.address, {
    transports: ['websocket'],
    query: { token },
    // Names below localhost are resolved by browsers, not by this machine.
    extraHeaders: { host: new URL(url).host, origin: platform.origin },
    reconnection: false,
    forceNew: true,
  })
  let saves: SavesStatus
  socket.on('saves.changed', (status) => (saves = status))
  const hello = await new Promise<Hello>((resolve, reject) => {
    socket.once('hello', (said) => {
      saves = said.saves
      resolve(said)
    })
    socket.once('connect_error', reject)
    socket.once('disconnect', (reason) => reject(new Error(`disconnected: ${reason}`)))
  })
  const send = (name: string, payload: unknown): Promise<Reply<unknown>> =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`disconnected before the answer to ${name}`))
      if (!socket.connected) return gone()
      socket.once('disconnect', gone)
      const answered = (reply: Reply<unknown>): void => {
        socket.off('disconnect', gone)
        resolve(reply)
      }
      ;(socket as unknown as { emit: (...args: unknown[]) => void }).emit(name, payload, answered)
    })
  const page: TestPage = {
    hello,
    get saves() {
      return saves
    },
    socket,
    async request(name, payload) {
      const reply = await send(name, payload)
      if (!reply.ok) throw new Error(`${name}: ${reply.error.code}: ${reply.error.message}`)
      return reply.value as never
    },
    async refusal(name, payload) {
      const reply = await send(name, payload)
      if (reply.ok) throw new Error(`${name} was not refused`)
      return reply.error.code
    },
    async save(path, content) {
      const saveId = crypto.randomUUID()
      const read = await send('files.read', { path })
      const baseVersion = read.ok ? (read.value as { version: string }).version : null
      await page.request('saves.save', { saveId, path, content, baseVersion })
      // Before the answer it was pending, if it is not durable already. What was durable before that was another save.
      const isDurable = ({ state, commit, pending }: SavesStatus): boolean =>
        state === 'durable' && commit !== null && !pending.includes(saveId)
      return isDurable(saves) ? saves : page.event('saves.changed', isDurable)
    },
    event: (name, satisfies) =>
      new Promise((resolve, reject) => {
        const listener = (payload: never): void => {
          if (!satisfies(payload)) return
          socket.off(name, listener as never)
          resolve(payload)
        }
        socket.on(name, listener as never)
        socket.once('disconnect', () => reject(new Error(`disconnected before ${name}`)))
      }),
    [Symbol.dispose]: () => void socket.disconnect(),
  }
  if (hello.stage.stage !== 'ready') await page.event('stage.changed', ({ stage }) => stage === 'ready')
  return page
}
