import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './platform/tests/support/summary-reporter.ts'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{platform,runner,web}/src/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'integration',
          include: ['{platform,runner}/tests/**/*.test.ts'],
          testTimeout: 120_000,
          // How long something may take is no matter of these tests.
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 120_000,
        },
      },
    ],
    // Files leave nothing behind, and what they import is loaded once.
    isolate: false,
    maxWorkers: 3,
    reporters: ['default', new SummaryReporter()],
  },
})
