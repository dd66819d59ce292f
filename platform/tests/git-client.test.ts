import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeGitClient, pushLargeFile } from './support/git-client-matrix.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'

describe('over the disk store', () => {
  let server: GitServer
  beforeAll(async () => {
    server = await startGitServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  describeGitClient('disk', () => server)

  it('takes a pack of 200 MB without growing by it', async () => {
    const before = process.memoryUsage.rss()
    let most = 0
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20)
    await pushLargeFile(server, 'large', 200 * 1000 * 1000)
    clearInterval(timer)
    // The test itself holds the 200 MB that it wrote.
    expect(most - before).toBeLessThan(350 * 1024 * 1024)
  })
})
