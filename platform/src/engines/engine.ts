import type { RunnerConfig, StageStatus } from '@codenest/runner/protocol'
import type { Isolation } from '../protocol.ts'

/** Everything a runner needs but where it lives and listens, which its engine decides. */
export type RunnerSpec = Omit<RunnerConfig, 'root' | 'listen'>

/** What a workspace may use at most. */
export interface Resources {
  /** Processors; fractions are shares of time. */
  cpu: number
  /** Bytes. */
  memory: number
  /** Bytes on disk. */
  storage: number
}

/** What decides where and how large a workspace runs. */
export interface Placement {
  owner: string
  /** Tools that it needs: `node`, `python`, …; `default` when nobody said. */
  stack: string
  resources: Resources
}

export interface WorkspaceSpec extends Placement {
  runner: RunnerSpec
}

export interface Observation {
  /** `absent`: nothing of it is left. `exited`: it ended unasked. */
  state: 'absent' | 'starting' | 'running' | 'stopping' | 'exited' | 'failed'
  /** What a person should know about a start that failed, or that waits for something. */
  detail: string | null
  /** Of the runner that was started last; null when there is none. */
  session: string | null
  /** What its runner last said it was doing; null when there is none. */
  stage: StageStatus['stage'] | null
}

/** Where a runner listens. */
export type RunnerAddress = { socketPath: string } | { host: string; port: number }

/** Runs workspaces. Ids are those of the fleet; every operation may be repeated. */
export interface Engine extends AsyncDisposable {
  readonly isolation: Isolation
  /** Workspaces that are started and stopped at the same time. */
  readonly concurrency: number
  /** Milliseconds from the wish to run to a runner that is ready. */
  readonly startDeadline: number
  /** Somebody is about to start a workspace, probably with these resources: what can be done before that is done now. */
  prepare(resources: Resources): void
  /** Makes what belongs to no workspace in particular be what the fleet declares; asked for whenever that may have changed. Never rejects. */
  maintain(signal: AbortSignal): Promise<void>
  /** Starts a runner unless one is starting or running; resolves when it is ready. */
  start(spec: WorkspaceSpec, signal: AbortSignal): Promise<void>
  /** Makes what runs be what `start` would make, where something else has changed it. */
  heal(id: string, placement: Placement, signal: AbortSignal): Promise<void>
  /** Something else has changed what runs. */
  hasDrifted(id: string): boolean
  /** Lets the runner make its last save, then ends it and frees what it held. */
  stop(id: string, signal: AbortSignal): Promise<void>
  /** Like `stop`, and forgets also what a stop keeps. */
  remove(id: string, signal: AbortSignal): Promise<void>
  observe(id: string): Observation
  /** Workspaces of which something is left here. */
  list(): Promise<string[]>
  /** null unless a runner listens. */
  address(id: string): RunnerAddress | null
  /** Tells when an observation has changed; dispose to end it. */
  subscribe(listener: (id: string) => void): Disposable
}
