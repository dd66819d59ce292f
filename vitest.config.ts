import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './platform/tests/support/summary-reporter.ts'

/** Files leave nothing behind, and what they import is loaded once. */
const shared = { isolate: false }

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
          testTimeout: 120_000,
          // How long something may take is no matter of these tests.
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 120_000,
        },
      },
    ],
    maxWorkers: 3,
    reporters: ['default', new SummaryReporter()],
  },
})
