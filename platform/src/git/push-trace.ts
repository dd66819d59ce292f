export type PushStage = 'receive' | 'connect' | 'upload' | 'publish'

/** What became of a push: `refused` when at least one ref was, `failed` when nobody could be told. */
export type PushOutcome = 'ok' | 'refused' | 'failed'

/** What a push was and where its time went, for the log and the metrics. */
export class PushTrace {
  /** Milliseconds, of the stages that were reached. */
  readonly stages: Partial<Record<PushStage, number>> = {}
  by = ''
  refs: string[] = []
  packBytes = 0
  objects = 0
  outcome: PushOutcome = 'failed'

  /** Measures a stage; what it takes again is added. */
  async stage<T>(stage: PushStage, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.stages[stage] = (this.stages[stage] ?? 0) + performance.now() - start
    }
  }
}
