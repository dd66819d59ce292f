import type { Tokens } from '../../access/tokens.ts'
import { AppError } from '../../errors.ts'
import type { RunnerSpec } from '../engine.ts'
import type { Changes } from './changes.ts'
import { claimRunner } from './claim.ts'
import { diagnose, diagnoseEnd } from './diagnose.ts'
import { workspaceName } from './manifests/names.ts'
import type { RunnerPod, RunnerPods } from './runner-pods.ts'
import { RUNNER_PORT } from './settings.ts'
import type { Warnings } from './warnings.ts'
import { assertMayAct } from './workspace-objects.ts'

/** Milliseconds after a pod should have been gone: then its node does not answer any more. */
const LATE = 30_000

interface Starting {
  /** Since when, in milliseconds since the epoch: older warnings are about somebody else. */
  since: number
  /** Why it has to start again; null when it was stopped. */
  because: string | null
  detail: string | null
}

export interface StartsOptions {
  pods: RunnerPods
  warnings: Warnings
  changes: Changes
  tokens: Tokens
  /** Asked before each change of the cluster. */
  mayAct: () => boolean
}

/** What is waited for until the pod of a workspace works for it, and what is to be said meanwhile. */
export class Starts {
  readonly #options: StartsOptions
  readonly #starting = new Map<string, Starting>()
  readonly #failed = new Map<string, string>()

  constructor(options: StartsOptions) {
    this.#options = options
  }

  ids(): Iterable<string> {
    return this.#starting.keys()
  }

  /** What a person should know while it starts; null when there is nothing, undefined when it does not start. */
  detail(id: string): string | null | undefined {
    return this.#starting.get(id)?.detail
  }

  /** Why its last start failed for good. */
  failure(id: string): string | undefined {
    return this.#failed.get(id)
  }

  forget(id: string): void {
    this.#failed.delete(id)
  }

  /** The pod that is to run, or that has ended for good and not because it was told to. */
  lostPod(id: string): RunnerPod | null {
    const { pods } = this.#options
    const hasFailed = ({ pod }: RunnerPod): boolean => pod.phase === 'Failed' && !pod.isDeleting
    return pods.current(id) ?? pods.of(id).find(hasFailed) ?? null
  }

  /** Resolves when the workspace is ready, whose objects `declare` makes. Throws what it throws, or why it cannot start. */
  async run(spec: RunnerSpec, declare: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const id = spec.workspace
    const ended = this.lostPod(id)?.pod
    const because = ended ? ((diagnose(ended, []) ?? diagnoseEnd(ended))?.text ?? null) : null
    const starting: Starting = { since: Date.now() - 1_000, because, detail: because }
    this.#starting.set(id, starting)
    this.#failed.delete(id)
    try {
      await declare()
      await this.#untilReady(spec, starting, signal)
    } catch (error) {
      if (error instanceof AppError && error.code === 'runner_failed') this.#failed.set(id, error.message)
      throw error
    } finally {
      this.#starting.delete(id)
      this.#options.changes.tell(id)
    }
  }

  /** Claims the pod when it waits, and once more when it was replaced meanwhile. */
  async #untilReady(spec: RunnerSpec, starting: Starting, signal: AbortSignal): Promise<void> {
    const { pods, warnings, changes } = this.#options
    const id = spec.workspace
    const claims = new Map<string, Promise<void>>()
    await changes.until(id, signal, async () => {
      const current = pods.current(id)
      const about = warnings.about(current?.pod.name ?? workspaceName(id), starting.since)
      const problem = diagnose(this.lostPod(id)?.pod ?? null, about)
      if (problem?.isFinal) throw new AppError(503, 'runner_failed', problem.text)
      const detail = problem?.text ?? starting.because
      if (starting.detail !== detail) {
        starting.detail = detail
        changes.tell(id)
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

  /** An earlier pod is still at its last save; one whose node is gone will never tell. */
  #isOccupied(id: string): boolean {
    const late = Date.now() - LATE
    return this.#options.pods.of(id).some(({ pod }) => pod.goneBy !== null && pod.goneBy > late)
  }

  async #claim({ pod }: RunnerPod, spec: RunnerSpec, signal: AbortSignal): Promise<void> {
    const { tokens, mayAct } = this.#options
    assertMayAct(mayAct)
    const host = pod.ip?.includes(':') ? `[${pod.ip}]` : pod.ip
    await claimRunner(`http://${host}:${RUNNER_PORT}`, pod.uid, spec, tokens, signal)
  }
}
