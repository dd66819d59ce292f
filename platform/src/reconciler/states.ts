import type { Engine } from '../engines/engine.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import type { StartStage, WorkspaceState } from '../protocol.ts'

/** What is being done for a workspace. */
export type Busy = 'starting' | 'stopping' | 'deleting'

export interface Failure {
  code: string
  message: string
  /** Milliseconds since the epoch: the same failure again is another one. */
  at: number
}

/** What only the one that reconciles knows of a workspace. */
export interface Work {
  busy?: Busy
  failure?: Failure
  /** How far its repository has come from its host, in words. */
  fetching?: string
}

export interface WorkspaceStatus {
  state: WorkspaceState
  /** Why it failed, or what a start waits for. */
  reason: { code: string; message: string } | null
}

/**
 * In which state workspaces are: by what the engine observes, and by what is done for them, which the reconciler of
 * this process writes here, or another replica tells.
 */
export class States implements Disposable {
  readonly #engine: Engine
  readonly #busy = new Map<string, Busy>()
  readonly #failures = new Map<string, Failure>()
  readonly #fetching = new Map<string, string>()
  readonly #listeners = new Set<(id: string | null) => void>()
  readonly #subscription: Disposable

  constructor(engine: Engine) {
    this.#engine = engine
    this.#subscription = engine.subscribe((id) => this.changed(id))
  }

  status(id: string, document: WorkspaceDocument): WorkspaceStatus {
    const observed = this.#engine.observe(id)
    const busy = this.#busy.get(id)
    const failure = this.#failures.get(id)
    if (busy === 'deleting') return { state: 'deleting', reason: null }
    if (observed.state === 'stopping' || busy === 'stopping') return { state: 'stopping', reason: null }
    if (document.spec.running && observed.state === 'running') return { state: 'running', reason: null }
    if (failure && busy === undefined) {
      const { code, message } = failure
      return { state: 'failed', reason: { code, message } }
    }
    if (document.spec.running || busy === 'starting') {
      const detail = this.#fetching.get(id) ?? observed.detail
      return { state: 'starting', reason: detail === null ? null : { code: 'waiting', message: detail } }
    }
    return { state: observed.state === 'absent' ? 'stopped' : 'stopping', reason: null }
  }

  /** What is being done for one that starts; null when it does not. */
  stage(id: string, document: WorkspaceDocument): StartStage | null {
    if (this.status(id, document).state !== 'starting') return null
    if (!this.#busy.has(id)) return 'queued'
    if (this.#fetching.has(id)) return 'fetching'
    const { stage } = this.#engine.observe(id)
    return stage === 'cloning' || stage === 'restoring' ? stage : 'starting'
  }

  /** Its repository comes from its host; null when it is here. */
  fetching(id: string, detail: string | null): void {
    if (detail === (this.#fetching.get(id) ?? null)) return
    if (detail === null) this.#fetching.delete(id)
    else this.#fetching.set(id, detail)
    this.changed(id)
  }

  begin(id: string, busy: Busy): void {
    this.#busy.set(id, busy)
    this.changed(id)
  }

  /** Whoever ends it tells that when it knows how it ended. */
  end(id: string): void {
    this.#busy.delete(id)
  }

  fail(id: string, code: string, message: string): void {
    this.#failures.set(id, { code, message, at: Date.now() })
    this.changed(id)
  }

  succeed(id: string): void {
    this.#failures.delete(id)
    this.changed(id)
  }

  /** Of all workspaces for which something is done, or was in vain. */
  get work(): Map<string, Work> {
    const work = new Map<string, Work>()
    for (const [id, busy] of this.#busy) work.set(id, { busy })
    for (const [id, failure] of this.#failures) work.set(id, { ...work.get(id), failure })
    for (const [id, fetching] of this.#fetching) work.set(id, { ...work.get(id), fetching })
    return work
  }

  /** Takes over what another process knows. */
  replace(work: Iterable<[string, Work]>): void {
    this.#busy.clear()
    this.#failures.clear()
    this.#fetching.clear()
    for (const [id, { busy, failure, fetching }] of work) {
      if (busy) this.#busy.set(id, busy)
      if (failure) this.#failures.set(id, failure)
      if (fetching !== undefined) this.#fetching.set(id, fetching)
    }
    this.changed(null)
  }

  /** Tells everybody to look again at one workspace, or with null at all of them. */
  changed(id: string | null): void {
    for (const listener of this.#listeners) listener(id)
  }

  /** Tells that the state of a workspace may have changed; null: of any. */
  subscribe(listener: (id: string | null) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }
}
