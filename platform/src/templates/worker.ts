/** The thread of a `TemplateEngine`: one job after another, until it is ended. */
import { parentPort } from 'node:worker_threads'
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's port, not a window */
import { JOBS, outcomeOf } from './jobs.ts'
import type { JobName } from './jobs.ts'

parentPort?.on('message', ({ job, given }: { job: JobName; given: unknown[] }) => {
  const run = JOBS[job] as (...given: unknown[]) => unknown
  parentPort?.postMessage(outcomeOf(() => run(...given)))
})
parentPort?.postMessage('ready')
