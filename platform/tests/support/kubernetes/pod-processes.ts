import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Store } from './store.ts'
import type { Pod } from './objects.ts'
import type { ContainerFate, PodPlace, PodRunner, RunningContainer } from './controllers/pod-runner.ts'
import { podEnvironment } from './pod-environment.ts'
import { probe } from './probes.ts'

export interface PodProcessesOptions {
  /** Folders of the pods are made below. */
  folder: string
  /** What runs in the place of a pod's image; null: the container's own command and args. */
  command?: (pod: Pod) => { file: string; args: string[] }
  /** Added to what the container declares, over which it wins. */
  env?: (pod: Pod, ip: string) => Record<string, string>
  /** Milliseconds between two questions whether a pod is ready, whatever it says. */
  probeEvery?: number
  /** Where Secrets come from that the environment refers to. */
  store?: () => Store
  /** Told what the processes print, by the line. */
  output?: (pod: Pod, line: string) => void
}

/**
 * A process of this machine for every pod. Each has a loopback address of its own as podIP, on which it has to listen:
 * `0.0.0.0` in its environment becomes that address. Its emptyDirs are folders; paths below their mounts in the
 * environment become paths below these.
 */
export class PodProcesses implements PodRunner {
  readonly #options: PodProcessesOptions

  constructor(options: PodProcessesOptions) {
    this.#options = options
  }

  async prepare(pod: Pod): Promise<PodPlace> {
    const port = pod.spec.containers[0]?.ports?.[0]?.containerPort ?? 0
    const ip = await freeAddress(port)
    const folder = await mkdtemp(join(this.#options.folder, 'pod-'))
    for (const { name } of pod.spec.volumes ?? []) await mkdir(join(folder, name))
    return {
      ip,
      start: (told) => this.#start(pod, ip, folder, told),
      [Symbol.asyncDispose]: () =>
        rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }),
    }
  }

  #start(pod: Pod, ip: string, folder: string, told: ContainerFate): RunningContainer {
    const [container] = pod.spec.containers
    if (!container) throw new Error('a pod has no container')
    const [file = '', ...args] = [...(container.command ?? []), ...(container.args ?? [])]
    const run = this.#options.command?.(pod) ?? { file, args }
    const env = {
      PATH: process.env['PATH'],
      ...podEnvironment(pod, ip, folder, this.#options.store?.()),
      ...this.#options.env?.(pod, ip),
    }
    const [command, ...rest] = [...tied(), run.file, ...run.args] as [string, ...string[]]
    const child = spawn(command, rest, {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const probing = new AbortController()
    const ended = new Promise<void>((resolve) => {
      const end = (exitCode: number, message?: string): void => {
        probing.abort()
        killGroup(child)
        told.exited({ exitCode, ...(message !== undefined && { message }) })
        resolve()
      }
      child.once('error', (error) => end(128, error.message))
      child.once(
        'exit',
        (code, signal) => child.pid !== undefined && end(code ?? (signal === 'SIGKILL' ? 137 : 143)),
      )
    })
    this.#read(pod, child)
    // It is known as running only after whoever started it knows it.
    queueMicrotask(() => {
      if (child.pid === undefined || probing.signal.aborted) return
      told.running()
      const { probeEvery } = this.#options
      const hosts = { ip, container, signal: probing.signal }
      void probe({
        ...hosts,
        every: probeEvery,
        probe: container.readinessProbe,
        onChange: (isReady) => told.ready(isReady),
      })
      if (container.livenessProbe)
        void probe({
          ...hosts,
          every: undefined,
          probe: container.livenessProbe,
          onChange: (isAlive) => !isAlive && child.kill('SIGTERM'),
        })
    })
    return { stop: (grace) => stop(child, ended, grace) }
  }

  #read(pod: Pod, child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      let rest = ''
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) this.#options.output?.(pod, line)
      })
    }
  }
}

/** On Linux a process ends with the one that started it, also when that is killed. */
function tied(): string[] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : []
}

async function stop(child: ChildProcess, ended: Promise<void>, grace: number): Promise<void> {
  if (grace > 0) child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), grace)
  await ended
  clearTimeout(timer)
}

/** What a container started ends with it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing was left of it.
  }
}

/** A loopback address on which nobody listens at that port. */
async function freeAddress(port: number): Promise<string> {
  for (;;) {
    const byte = (from: number, to: number): number => from + Math.floor(Math.random() * (to - from))
    const ip = `127.${byte(64, 128)}.${byte(0, 256)}.${byte(1, 255)}`
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, ip, () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return ip
  }
}
