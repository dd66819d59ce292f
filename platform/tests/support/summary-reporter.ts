import type { Reporter, TestModule } from 'vitest/node'
import { hasCeph, hasChromium } from './found.ts'

/** The last lines of a test run: one that a machine reads, and the name of everything that could not be tried. */
export class SummaryReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    const notes = new Set<string>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const result = test.result()
        count[result.state] += 1
        if (result.state === 'skipped' && result.note) notes.add(result.note)
      }
      // A file that cannot be loaded has no tests that could fail.
      if (module.errors().length > 0) count.failed += 1
    }
    const absent = [
      ...((await hasChromium()) ? [] : ['Chromium (package chromium): the journeys in the page']),
      ...((await hasCeph())
        ? []
        : ['a real S3 server (packages radosgw ceph-mon ceph-osd ceph-common): the S3 store']),
      ...notes,
    ]
    for (const what of absent)
      process.stdout.write(`Not tested, because it is not on this machine: ${what}\n`)
    process.stdout.write(
      `Tests: ${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`,
    )
  }
}
