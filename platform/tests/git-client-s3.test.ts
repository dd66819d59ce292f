import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { S3ObjectStore } from '../src/store/s3-object-store.ts'
import { startCeph } from './support/ceph.ts'
import { hasCeph } from './support/found.ts'
import { describeGitClient, pushLargeFile } from './support/git-client-matrix.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'

describe.skipIf(!(await hasCeph()))('over S3 (Ceph gateway)', () => {
  let server: GitServer
  let stack: AsyncDisposableStack
  beforeAll(async () => {
    await using starting = new AsyncDisposableStack()
    const { options } = starting.use(await startCeph())
    const tuning = { multipartAbove: 8 * 1024 * 1024, partBytes: 5 * 1024 * 1024 }
    const store = starting.use(await S3ObjectStore.open(options, tuning))
    server = starting.use(await startGitServer({ store }))
    stack = starting.move()
  }, 120_000)
  afterAll(() => stack?.disposeAsync())
  describeGitClient('S3', () => server, ['2'])

  it('writes a large pack in parts', async () => {
    await pushLargeFile(server, 'large', 24 * 1000 * 1000)
    const packs = (await Array.fromAsync(server.store.list('f/'))).filter(({ size }) => size > 24_000_000)
    expect(packs).toHaveLength(1)
  })
})
