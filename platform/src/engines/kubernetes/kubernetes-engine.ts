import type { JWK } from 'jose'
import type { Logger } from 'pino'
import type { Tokens } from '../../access/tokens.ts'
import { AppError } from '../../errors.ts'
import type { Pool } from '../../fleet/pool.ts'
import { Gauge } from '../../metrics/registry.ts'
import type { Registry } from '../../metrics/registry.ts'
import type { Isolation } from '../../protocol.ts'
import type { Engine, Observation, Placement, RunnerAddress, WorkspaceSpec } from '../engine.ts'
import { Changes } from './changes.ts'
import type { Cluster } from './cluster/cluster.ts'
import { diagnoseEnd } from './diagnose.ts'
import { toRecord } from './manifests/manifests.ts'
import { WORKSPACE_LABEL, workspaceName } from './manifests/names.ts'
import type { ManifestKind, Manifests, Override } from './manifests/types.ts'
import { PoolPods } from './pool-pods.ts'
import { Renderer } from './renderer.ts'
import { RunnerPods } from './runner-pods.ts'
import { RUNNER_PORT } from './settings.ts'
import type { KubernetesSettings } from './settings.ts'
import { Starts } from './starts.ts'
import { WarmPool } from './warm-pool.ts'
import { Warnings } from './warnings.ts'
import { assertMayAct, WorkspaceObjects } from './workspace-objects.ts'

/** A runner ends with this code when its last save is not in the remote. */
const NOT_DURABLE = 3
/** Milliseconds: a machine that an autoscaler orders takes minutes to come. */
const START_DEADLINE = 300_000
/** Most of them wait for the cluster: a pod that finds no room must not keep others from theirs. */
const CONCURRENCY = 256

/** The rendered objects of workspaces that run, in the fleet repository. */
export interface Records {
  /** null: it does not run any more. Durable when it resolves. */
  write(id: string, text: string | null): Promise<void>
  /** Operators' patches that concern a workspace; null: those that are for none in particular. */
  overrides(id: string | null): Promise<Override[]>
  /** Pods that are to wait for workspaces; null when none are. */
  pool(): Promise<Pool | null>
}

export interface KubernetesEngineOptions {
  cluster: Cluster
  settings: KubernetesSettings
  tokens: Tokens
  publicKey: JWK
  records: Records
  /** False while another process may be the one that changes what runs: then nothing is changed here. */
  mayAct: () => boolean
  metrics: Registry
  log: Logger
}

/** Kinds that every workspace has; the others depend on how it is reached. */
const KINDS: ManifestKind[] = ['Deployment', 'Service', 'NetworkPolicy']
const ROUTES = { gateway: [], ingress: ['Ingress'], httproute: ['HTTPRoute'] } satisfies Record<
  string,
  ManifestKind[]
>

/**
 * Runs each workspace as a pod. A pod starts without knowing for whom, and is claimed when its runner listens: so one
 * that was moved to another node, or started again, is claimed again, with a token of its own, which no object holds.
 */
export class KubernetesEngine implements Engine {
  readonly isolation: Isolation = { kind: 'pod', missing: [] }
  readonly concurrency = CONCURRENCY
  readonly startDeadline = START_DEADLINE
  readonly #options: KubernetesEngineOptions
  readonly #objects: WorkspaceObjects
  readonly #pods: RunnerPods
  readonly #renderer: Renderer
  readonly #pool: WarmPool
  readonly #poolPods: PoolPods
  readonly #warnings: Warnings
  readonly #closing = new AbortController()
  readonly #changes = new Changes(this.#closing.signal)
  readonly #starts: Starts

  private constructor(options: KubernetesEngineOptions) {
    this.#options = options
    const { cluster, settings, tokens, publicKey, records, mayAct, metrics, log } = options
    const { namespace, routing } = settings
    const changes = this.#changes
    const onChange = (id: string): void => changes.tell(id)
    const { signal } = this.#closing
    this.#objects = new WorkspaceObjects({
      cluster,
      namespace,
      kinds: [...KINDS, ...ROUTES[routing.kind]],
      label: WORKSPACE_LABEL,
      onChange,
      mayAct,
      signal,
    })
    this.#pods = new RunnerPods({ cluster, namespace, onChange, signal })
    const overrides = (id: string | null): Promise<Override[]> => records.overrides(id)
    this.#renderer = new Renderer({ settings, publicKey, overrides })
    this.#pool = new WarmPool({
      cluster,
      namespace,
      declared: () => records.pool(),
      renderer: this.#renderer,
      pods: this.#pods,
      mayAct,
      log,
      signal,
    })
    metrics.add(
      'codenest_pool_waiting_pods',
      new Gauge('Pods of the warm pool that a start can take.', () => this.#pods.waiting().length),
    )
    this.#poolPods = new PoolPods({
      cluster,
      namespace,
      objects: this.#objects,
      pods: this.#pods,
      pool: this.#pool,
      renderer: this.#renderer,
      mayAct,
      apply: (id, manifests, by) => this.#apply(id, manifests, by),
    })
    this.#warnings = new Warnings(
      cluster,
      namespace,
      (about) => {
        // Names of what a Deployment makes are not unambiguous: whoever starts looks at its own.
        for (const id of this.#starts.ids()) if (about.startsWith(workspaceName(id))) onChange(id)
      },
      signal,
    )
    this.#starts = new Starts({ pods: this.#pods, warnings: this.#warnings, changes, tokens, mayAct })
  }

  /** Resolves when it knows what there is. */
  static async open(options: KubernetesEngineOptions): Promise<KubernetesEngine> {
    const engine = new KubernetesEngine(options)
    const views = [engine.#objects, engine.#pods, engine.#pool, engine.#warnings]
    await Promise.all(views.map(({ synced }) => synced))
    return engine
  }

  prepare(): void {}

  maintain(signal: AbortSignal): Promise<void> {
    if (!this.#options.settings.applies) return Promise.resolve()
    return this.#pool.maintain(AbortSignal.any([signal, this.#closing.signal]))
  }

  start({ runner, ...placement }: WorkspaceSpec, signal: AbortSignal): Promise<void> {
    const id = runner.workspace
    const declare = async (): Promise<void> => {
      const { applies } = this.#options.settings
      const isTaken = applies && (await this.#poolPods.take(id, placement, signal))
      if (!isTaken) await this.#declare(id, placement, signal)
    }
    return this.#starts.run(runner, declare, signal)
  }

  /** A workspace that runs keeps the pod that it has: what an update of the platform has changed comes with its next one. */
  async heal(id: string, placement: Placement, signal: AbortSignal): Promise<void> {
    if (!this.#options.settings.applies) return
    assertMayAct(this.#options.mayAct)
    await this.#poolPods.prune(id, this.#pods.current(id), signal)
    if (this.#objects.isKnown(id)) return this.#objects.restore(id, signal)
    const replicas = (await this.#poolPods.has(id, signal)) ? 0 : 1
    const manifests = await this.#renderer.workspace(id, placement, replicas)
    await this.#objects.adopt(id, workspaceName(id), manifests, signal)
  }

  async stop(id: string, signal: AbortSignal): Promise<void> {
    this.#starts.forget(id)
    const name = workspaceName(id)
    const { records, settings } = this.#options
    // Whoever applies from the record takes everything away.
    if (!settings.applies) await records.write(id, null)
    else {
      await this.#objects.remove(id, name, 'deployment', signal)
      await this.#poolPods.prune(id, null, signal)
    }
    // The way out of its pod stays open until the last save is there.
    await this.#changes.until(
      id,
      signal,
      () => this.#pods.of(id).length === 0 && !this.#objects.isDeployed(name),
    )
    assertMayAct(this.#options.mayAct)
    if (settings.applies) {
      await this.#objects.remove(id, name, 'rest', signal)
      await records.write(id, null)
    }
    if (this.#pods.takeExitCode(id) === NOT_DURABLE)
      throw new AppError(
        503,
        'not_durable',
        'The last save of this workspace did not reach the remote before its pod had to end: what was changed after the save before it is lost.',
      )
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    await this.stop(id, signal).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'not_durable') throw error
      this.#options.log.warn({ err: error, workspace: id }, 'removed all the same')
    })
  }

  observe(id: string): Observation {
    const current = this.#pods.current(id)
    const starting = this.#starts.detail(id)
    const session = current?.status?.session ?? null
    const observation = (state: Observation['state'], detail: string | null): Observation => {
      const stage = current?.status?.stage
      return { state, detail, session, stage: stage === undefined || stage === 'waiting' ? null : stage }
    }
    if (!this.#objects.isDeployed(workspaceName(id)) && starting === undefined)
      return this.#pods.of(id).length === 0 ? observation('absent', null) : observation('stopping', null)
    // Another platform may have tried again since.
    const failure = this.#options.mayAct() ? this.#starts.failure(id) : undefined
    if (starting !== undefined) return observation('starting', starting)
    const stage = current?.status?.stage
    if (stage === 'ready') return observation('running', null)
    if (stage === 'stopping') return observation('stopping', null)
    if (failure !== undefined) return observation('failed', failure)
    // Nobody works on it, so it needs somebody: its pod was moved, or its runner started again and waits to be claimed.
    const lost = this.#starts.lostPod(id)
    const why = lost && diagnoseEnd(lost.pod)
    return observation('exited', why?.text ?? 'The pod of the workspace was moved.')
  }

  hasDrifted(id: string): boolean {
    return this.#objects.hasDrifted(id)
  }

  list(): Promise<string[]> {
    return Promise.resolve([...new Set([...this.#objects.ids(), ...this.#pods.ids()])])
  }

  address(id: string): RunnerAddress | null {
    const current = this.#pods.current(id)
    const stage = current?.status?.stage
    if (!current?.pod.ip || stage === undefined || stage === 'waiting' || stage === 'stopping') return null
    return { host: current.pod.ip, port: RUNNER_PORT }
  }

  subscribe(listener: (id: string) => void): Disposable {
    return this.#changes.subscribe(listener)
  }

  /** Workspaces go on: whoever comes next finds them as they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#pods[Symbol.dispose]()
    await this.#pool.idle()
  }

  async #declare(id: string, placement: Placement, signal: AbortSignal): Promise<void> {
    const isFromPool = this.#options.settings.applies && (await this.#poolPods.has(id, signal))
    await this.#apply(id, await this.#renderer.workspace(id, placement, isFromPool ? 0 : 1), signal)
  }

  /** Resolves to the Deployment's uid. */
  async #apply(id: string, manifests: Manifests, signal: AbortSignal): Promise<string> {
    const { records, settings, mayAct } = this.#options
    assertMayAct(mayAct)
    await records.write(id, toRecord(manifests))
    return settings.applies ? this.#objects.apply(id, workspaceName(id), manifests, signal) : ''
  }
}
