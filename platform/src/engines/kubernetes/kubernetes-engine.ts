import type { JWK } from 'jose'
import type { Logger } from 'pino'
import type { Tokens } from '../../access/tokens.ts'
import { AppError } from '../../errors.ts'
import type { Pool } from '../../fleet/pool.ts'
import { Gauge } from '../../metrics/registry.ts'
import type { Registry } from '../../metrics/registry.ts'
import type { Isolation } from '../../protocol.ts'
import type { Engine, Observation, Placement, RunnerAddress, RunnerSpec, WorkspaceSpec } from '../engine.ts'
import { claimRunner } from './claim.ts'
import type { Cluster } from './cluster/cluster.ts'
import { diagnose, diagnoseEnd } from './diagnose.ts'
import { toRecord } from './manifests/manifests.ts'
import { WORKSPACE_LABEL, workspaceName } from './manifests/names.ts'
import type { ManifestKind, Manifests, Override } from './manifests/types.ts'
import { PoolPods } from './pool-pods.ts'
import { Renderer } from './renderer.ts'
import { RunnerPods } from './runner-pods.ts'
import type { RunnerPod } from './runner-pods.ts'
import { RUNNER_PORT } from './settings.ts'
import type { KubernetesSettings } from './settings.ts'
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

/** Milliseconds after a pod should have been gone: then its node does not answer any more. */
const LATE = 30_000

interface Starting {
  /** Since when, in milliseconds since the epoch: older warnings are about somebody else. */
  since: number
  /** Why it has to start again; null when it was stopped. */
  because: string | null
  detail: string | null
}

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
  readonly #starting = new Map<string, Starting>()
  readonly #failed = new Map<string, string>()
  readonly #listeners = new Set<(id: string) => void>()

  private constructor(options: KubernetesEngineOptions) {
    this.#options = options
    const { cluster, settings, publicKey, records, metrics, log } = options
    const { namespace, routing } = settings
    const onChange = (id: string): void => this.#notify(id)
    const { signal } = this.#closing
    this.#objects = new WorkspaceObjects({
      cluster,
      namespace,
      kinds: [...KINDS, ...ROUTES[routing.kind]],
      label: WORKSPACE_LABEL,
      onChange,
      mayAct: options.mayAct,
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
      mayAct: options.mayAct,
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
      mayAct: options.mayAct,
      apply: (id, manifests, by) => this.#apply(id, manifests, by),
    })
    this.#warnings = new Warnings(
      cluster,
      namespace,
      (about) => {
        // Names of what a Deployment makes are not unambiguous: whoever starts looks at its own.
        for (const id of this.#starting.keys()) if (about.startsWith(workspaceName(id))) onChange(id)
      },
      signal,
    )
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

  async start({ runner: spec, ...placement }: WorkspaceSpec, signal: AbortSignal): Promise<void> {
    const id = spec.workspace
    const { settings } = this.#options
    const ended = this.#lostPod(id)?.pod
    const because = ended ? ((diagnose(ended, []) ?? diagnoseEnd(ended))?.text ?? null) : null
    const starting: Starting = { since: Date.now() - 1_000, because, detail: because }
    this.#starting.set(id, starting)
    this.#failed.delete(id)
    try {
      const isTaken = settings.applies && (await this.#poolPods.take(id, placement, signal))
      if (!isTaken) await this.#declare(id, placement, signal)
      await this.#untilReady(spec, starting, signal)
    } catch (error) {
      if (error instanceof AppError && error.code === 'runner_failed') this.#failed.set(id, error.message)
      throw error
    } finally {
      this.#starting.delete(id)
      this.#notify(id)
    }
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
    this.#failed.delete(id)
    const name = workspaceName(id)
    const { records, settings } = this.#options
    // Whoever applies from the record takes everything away.
    if (!settings.applies) await records.write(id, null)
    else {
      await this.#objects.remove(id, name, 'deployment', signal)
      await this.#poolPods.prune(id, null, signal)
    }
    // The way out of its pod stays open until the last save is there.
    await this.#until(id, signal, () => this.#pods.of(id).length === 0 && !this.#objects.isDeployed(name))
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
    const starting = this.#starting.get(id)
    const session = current?.status?.session ?? null
    const observation = (state: Observation['state'], detail: string | null): Observation => {
      const stage = current?.status?.stage
      return { state, detail, session, stage: stage === undefined || stage === 'waiting' ? null : stage }
    }
    if (!this.#objects.isDeployed(workspaceName(id)) && !starting)
      return this.#pods.of(id).length === 0 ? observation('absent', null) : observation('stopping', null)
    // Another platform may have tried again since.
    const failure = this.#options.mayAct() ? this.#failed.get(id) : undefined
    if (starting) return observation('starting', starting.detail)
    const stage = current?.status?.stage
    if (stage === 'ready') return observation('running', null)
    if (stage === 'stopping') return observation('stopping', null)
    if (failure !== undefined) return observation('failed', failure)
    // Nobody works on it, so it needs somebody: its pod was moved, or its runner started again and waits to be claimed.
    const lost = this.#lostPod(id)
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
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
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

  /** An earlier pod is still at its last save; one whose node is gone will never tell. */
  #isOccupied(id: string): boolean {
    const late = Date.now() - LATE
    return this.#pods.of(id).some(({ pod }) => pod.goneBy !== null && pod.goneBy > late)
  }

  /** The one that is to run, or that has ended for good and not because it was told to. */
  #lostPod(id: string): RunnerPod | null {
    const hasFailed = ({ pod }: RunnerPod): boolean => pod.phase === 'Failed' && !pod.isDeleting
    return this.#pods.current(id) ?? this.#pods.of(id).find(hasFailed) ?? null
  }

  /** Claims the pod when it waits, and once more when it was replaced meanwhile, until the workspace is ready. */
  async #untilReady(spec: RunnerSpec, starting: Starting, signal: AbortSignal): Promise<void> {
    const id = spec.workspace
    const claims = new Map<string, Promise<void>>()
    await this.#until(id, signal, async () => {
      const current = this.#pods.current(id)
      const warnings = this.#warnings.about(current?.pod.name ?? workspaceName(id), starting.since)
      const problem = diagnose(this.#lostPod(id)?.pod ?? null, warnings)
      if (problem?.isFinal) throw new AppError(503, 'runner_failed', problem.text)
      const detail = problem?.text ?? starting.because
      if (starting.detail !== detail) {
        starting.detail = detail
        this.#notify(id)
      }
      const status = current?.status
      if (!current || !status) return false
      if (status.stage === 'failed')
        throw new AppError(503, 'runner_failed', status.detail ?? 'The runner could not start.')
      if (status.stage === 'waiting') {
        // The last save of the one before is what this one begins with.
        if (this.#isOccupied(id)) return false
        const process = current.pod.process ?? ''
        const claim = claims.get(process) ?? this.#claim(current, spec, signal)
        claims.set(process, claim)
        await claim
      }
      return status.stage === 'ready'
    })
  }

  async #claim({ pod }: RunnerPod, spec: RunnerSpec, signal: AbortSignal): Promise<void> {
    const { tokens, mayAct } = this.#options
    assertMayAct(mayAct)
    const host = pod.ip?.includes(':') ? `[${pod.ip}]` : pod.ip
    await claimRunner(`http://${host}:${RUNNER_PORT}`, pod.uid, spec, tokens, signal)
  }

  /** Resolves when `done` says so, which is asked after every change of the workspace. Throws what it throws, and when `signal` aborts. */
  async #until(id: string, signal: AbortSignal, done: () => boolean | Promise<boolean>): Promise<void> {
    const any = AbortSignal.any([signal, this.#closing.signal])
    let changed = Promise.withResolvers<void>()
    const wake = (): void => changed.resolve()
    using _subscription = this.subscribe((changed) => changed === id && wake())
    any.addEventListener('abort', wake, { once: true })
    // Time passes without an event, too.
    const timer = setInterval(wake, LATE)
    try {
      for (;;) {
        any.throwIfAborted()
        changed = Promise.withResolvers()
        if (await done()) return
        await changed.promise
      }
    } finally {
      clearInterval(timer)
      any.removeEventListener('abort', wake)
    }
  }

  #notify(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}
