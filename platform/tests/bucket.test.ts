import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCeph } from './support/ceph.ts'
import type { CephServer } from './support/ceph.ts'
import { hasCeph } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'

describe.skipIf(!(await hasCeph()))('a platform over a bucket (Ceph gateway)', () => {
  let ceph: CephServer
  beforeAll(async () => {
    ceph = await startCeph()
    // Where the SDK's default provider chain looks first.
    process.env['AWS_ACCESS_KEY_ID'] = ceph.options.credentials?.accessKeyId
    process.env['AWS_SECRET_ACCESS_KEY'] = ceph.options.credentials?.secretAccessKey
  }, 120_000)
  afterAll(async () => {
    delete process.env['AWS_ACCESS_KEY_ID']
    delete process.env['AWS_SECRET_ACCESS_KEY']
    await ceph?.[Symbol.asyncDispose]()
  })

  const start = (): Promise<TestPlatform> =>
    startPlatform({
      env: {
        CODENEST_STORE: 's3',
        CODENEST_S3_BUCKET: ceph.options.bucket,
        CODENEST_S3_ENDPOINT: ceph.options.endpoint ?? '',
        CODENEST_S3_PREFIX: 'nest/',
      },
    })

  it('holds nothing of its own: another one with an empty disk goes on', async () => {
    let id = ''
    {
      await using first = await start()
      const { body } = await first.api('POST', '/workspaces', {
        name: 'moved',
        source: { template: 'static-site' },
      })
      id = (body as { id: string }).id
      await first.until(id, 'running')
      using page = await openPage(first, id)
      await page.save('index.html', '<h1>in the bucket</h1>')
      const { id: terminal } = await page.request('terminals.create', { cols: 80, rows: 24 })
      await page.request('terminals.attach', { id: terminal, cols: 80, rows: 24 })
      const seen = page.event('terminals.output', ({ data }) => /^AWS=none/m.test(data))
      await page.request('terminals.input', {
        id: terminal,
        data: 'echo "AWS=${AWS_SECRET_ACCESS_KEY:-none}"\n',
      })
      await seen
    }
    await using second = await start()
    await second.until(id, 'running')
    using page = await openPage(second, id)
    expect((await page.request('files.read', { path: 'index.html' })).content).toBe('<h1>in the bucket</h1>')
  })
})
