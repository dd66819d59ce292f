import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { expect, test } from 'vitest'

import { createJobs } from './jobs.ts'

test('a program that computes is busy, one that waits is not', async () => {
  const session = spawn('bash', ['-c', 'read; while :; do :; done & read; kill $!; wait; read'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(session, 'spawn')
  const busyJob = createJobs(() => new Set([session.pid ?? 0]))
  try {
    expect(await busyJob()).toBeNull()
    // A shell that is only just there has work of its own.
    await expect.poll(busyJob, { interval: 200, timeout: 10_000 }).toBeNull()
    session.stdin.write('go\n')
    await expect.poll(busyJob, { interval: 200, timeout: 10_000 }).toBe('bash')
    session.stdin.write('stop\n')
    await expect.poll(busyJob, { interval: 200, timeout: 10_000 }).toBeNull()
  } finally {
    process.kill(-(session.pid ?? 0), 'SIGKILL')
    await once(session, 'close')
  }
})
