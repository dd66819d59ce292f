import { startPlatform } from '../../tests/support/platform.ts'
import { ObservedStore } from '../../src/metrics/observed-store.ts'
import { DiskObjectStore } from '../../src/store/disk-object-store.ts'

/** What the bench asks of a platform that is a process of its own. */
export type Question = 'launch' | 'heap' | 'cpu' | 'calls' | 'stop'

export interface ChildOptions {
  dataDir: string
  env: Record<string, string>
}

// Started with `--expose-gc`.
const collect = globalThis.gc as () => void
process.once('message', ({ dataDir, env }: ChildOptions) => {
  void (async () => {
    const calls: Record<string, number> = {}
    const disk = await DiskObjectStore.open(`${dataDir}/store`)
    const store = new ObservedStore(disk, (kind) => (calls[kind] = (calls[kind] ?? 0) + 1))
    const platform = await startPlatform({ dataDir, env, overrides: { store } })
    const answers: Record<Question, () => unknown> = {
      launch: () => platform.launchUrl(),
      heap() {
        for (let n = 0; n < 4; n += 1) collect()
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        return heapUsed + arrayBuffers
      },
      cpu() {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1000
      },
      calls: () => calls,
      async stop() {
        await platform.stop()
        setImmediate(() => process.disconnect())
        return null
      },
    }
    // The bench has ended, one way or another.
    process.once('disconnect', () => process.exit())
    process.on('message', (question: Question) => {
      void (async () => process.send?.({ question, answer: await answers[question]() }))()
    })
    process.send?.({ question: 'started', answer: null })
  })()
})
