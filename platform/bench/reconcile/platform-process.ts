import { fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Workspace, WorkspaceState } from '../../src/protocol.ts'
import { readEvents, signIn } from '../../tests/support/platform.ts'
import type { Owner } from '../../tests/support/platform.ts'
import type { ChildOptions, Question } from './platform-child.ts'

/** A platform on Kubernetes as a process of its own, and the page that is open on it. */
export interface BenchPlatform extends AsyncDisposable {
  owner: Owner
  /** Bytes in use after a garbage collection. */
  heap(): Promise<number>
  /** Milliseconds of processor time so far. */
  cpu(): Promise<number>
  /** Requests to the object store so far, by kind. */
  calls(): Promise<Record<string, number>>
}

export async function startBenchPlatform(options: ChildOptions): Promise<BenchPlatform> {
  const child = fork(new URL('platform-child.ts', import.meta.url), {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const answerTo = async (question: Question | 'started'): Promise<unknown> => {
    for (;;) {
      const said = await Promise.race([once(child, 'message'), ended.then(() => null)])
      if (!said) throw new Error('the platform has ended')
      const [message] = said as [{ question: string; answer: unknown }]
      if (message.question === question) return message.answer
    }
  }
  const ask = (question: Question): Promise<unknown> => {
    child.send(question)
    return answerTo(question)
  }
  child.send(options)
  await answerTo('started')
  const owner = await signIn((await ask('launch')) as string)
  return {
    owner,
    heap: async () => (await ask('heap')) as number,
    cpu: async () => (await ask('cpu')) as number,
    calls: async () => ({ ...((await ask('calls')) as Record<string, number>) }),
    async [Symbol.asyncDispose]() {
      if (child.connected) await ask('stop')
      await ended
    },
  }
}

/** The states of the owner's workspaces as a page is told them. */
export interface Follower extends Disposable {
  /** Resolves when a workspace is in this state; throws when it fails. */
  until(id: string, state: WorkspaceState): Promise<void>
}

/** Resolves when the first states have come. */
export async function follow({ address, origin, cookie }: Owner): Promise<Follower> {
  const { hostname, port } = new URL(address)
  const headers = { host: new URL(origin).host, cookie }
  const sent = request({ hostname, port, path: '/api/v1/events', headers }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const known = new Map<string, Workspace>()
  let changed = Promise.withResolvers<void>()
  const first = changed.promise
  void (async () => {
    for await (const { event, data } of readEvents(response)) {
      for (const workspace of event === 'snapshot' ? data.workspaces : event === 'workspace' ? [data] : [])
        known.set(workspace.id, workspace)
      changed.resolve()
      changed = Promise.withResolvers()
    }
  })().catch(() => {})
  await first
  return {
    async until(id, state) {
      while (known.get(id)?.state !== state) {
        const { state: now, reason } = known.get(id) ?? {}
        if (now === 'failed') throw new Error(`${id} failed: ${reason?.message}`)
        await changed.promise
      }
    },
    [Symbol.dispose]: () => sent.destroy(),
  }
}
