import type { PushTrace } from './push-trace.ts'

export type GitRequestKind = 'advertise' | 'ls-refs' | 'fetch' | 'push'

/** `refused`: the client was told why not; `failed`: the platform could not; `gone`: the client broke off. */
export type GitRequestOutcome = 'ok' | 'refused' | 'failed' | 'gone'

/** Is told what the Git remotes do: for metrics and logs. */
export interface GitObserver {
  request(kind: GitRequestKind, outcome: GitRequestOutcome): void
  /** Runs a push; afterwards it knows what the push cost. */
  push<T>(repository: string, trace: PushTrace, work: () => Promise<T>): Promise<T>
}

export const NO_OBSERVER: GitObserver = {
  request() {},
  push: (_repository, _trace, work) => work(),
}
