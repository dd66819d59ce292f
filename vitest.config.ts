import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import { SummaryReporter } from './platform/tests/support/summary-reporter.ts'

/** Files leave nothing behind, and what they import is loaded once. */
const shared = { isolate: false }

/** How long something may take is no matter of these tests. */
const patient = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 60_000 } } }
const ATTACKS = 'platform/tests/isolation.test.ts'
/** Short files that run for long: at the end the other workers would have nothing left to do. */
const LONG = ['saves-soak', 'git-kill', 'git-simulation', 'nested', 'clone-states']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((name) => moduleId.endsWith(`/${name}.test.ts`))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['{platform,runner,web}/src/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['{platform,runner}/tests/**/*.test.ts'],
          exclude: [ATTACKS, 'platform/tests/cluster/**'],
          ...patient,
        },
      },
      // A fork bomb takes its time from whoever runs beside it.
      { test: { ...shared, name: 'attacks', include: [ATTACKS], ...patient, sequence: { groupOrder: 1 } } },
    ],
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new SummaryReporter()],
  },
})
