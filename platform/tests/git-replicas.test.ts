import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fsck } from '../src/git/fsck.ts'
import { S3ObjectStore } from '../src/store/s3-object-store.ts'
import { startCeph } from './support/ceph.ts'
import type { CephServer } from './support/ceph.ts'
import { hasCeph } from './support/found.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const MAIN = 'refs/heads/main'
const PUSHERS = 8

describe.skipIf(!(await hasCeph()))(
  'two platforms over one bucket (Ceph gateway)',
  { timeout: 600_000 },
  () => {
    let ceph: CephServer
    const stores: S3ObjectStore[] = []
    const servers: GitServer[] = []
    beforeAll(async () => {
      ceph = await startCeph()
      for (let n = 0; n < 2; n += 1) {
        const store = await S3ObjectStore.open(ceph.options)
        stores.push(store)
        servers.push(await startGitServer({ store }))
      }
    }, 120_000)
    afterAll(async () => {
      for (const server of servers) await server[Symbol.asyncDispose]()
      for (const store of stores) await store[Symbol.asyncDispose]()
      await ceph?.[Symbol.asyncDispose]()
    })

    async function workTree(folder: string, id: string, n: number): Promise<string> {
      const server = servers[n % 2]!
      await stockGit(folder, 'clone', '-q', server.url(id), `work-${n}`)
      return join(folder, `work-${n}`)
    }

    it('every push to a ref of its own lands, whichever platform takes it', async () => {
      await using folder = await temporaryFolder()
      await servers[0]!.remotes.create('own', { head: MAIN, refs: {}, pack: null, by: 'test' })
      const tips = await Promise.all(
        Array.from({ length: PUSHERS }, async (_, n) => {
          const work = await workTree(folder.path, 'own', n)
          for (let round = 0; round < 3; round += 1) {
            await writeFile(join(work, `${n}.txt`), `${round}`)
            await stockGit(work, 'add', '-A')
            await stockGit(work, 'commit', '-qm', `${n} ${round}`)
            await stockGit(work, 'push', '-q', 'origin', `HEAD:b${n}`)
          }
          return stockGit(work, 'rev-parse', 'HEAD')
        }),
      )
      for (const server of servers) {
        const listed = await stockGit('/', 'ls-remote', server.url('own'), 'refs/heads/b*')
        expect(listed).toBe(tips.map((tip, n) => `${tip}\trefs/heads/b${n}`).join('\n'))
        expect(await fsck(server.remotes, 'own')).toEqual([])
      }
    })

    it('of pushes to one ref each lands or is refused, and all that landed are in its history', async () => {
      await using folder = await temporaryFolder()
      await servers[0]!.remotes.create('shared', { head: MAIN, refs: {}, pack: null, by: 'test' })
      const first = await workTree(folder.path, 'shared', 100)
      await stockGit(first, 'commit', '-q', '--allow-empty', '-m', 'base')
      await stockGit(first, 'push', '-q', 'origin', `HEAD:${MAIN}`)
      const landed = await Promise.all(
        Array.from({ length: PUSHERS }, async (_, n) => {
          const work = await workTree(folder.path, 'shared', n)
          const mine: string[] = []
          for (let round = 0; round < 3; round += 1) {
            await stockGit(work, 'fetch', '-q')
            await stockGit(work, 'reset', '-q', '--hard', 'origin/main')
            await stockGit(work, 'commit', '-q', '--allow-empty', '-m', `${n} ${round}`)
            const pushed = await stockGit(work, 'push', '-q', 'origin', `HEAD:${MAIN}`).then(
              () => true,
              (error: unknown) =>
                /rejected|stale info|failed to push/.test(String(error))
                  ? false
                  : Promise.reject(error as Error),
            )
            if (pushed) mine.push(await stockGit(work, 'rev-parse', 'HEAD'))
          }
          return mine
        }),
      )
      const acknowledged = landed.flat()
      expect(acknowledged.length).toBeGreaterThanOrEqual(3)
      await stockGit(folder.path, 'clone', '-q', '--mirror', servers[1]!.url('shared'), 'mirror')
      const mirror = join(folder.path, 'mirror')
      const history = (await stockGit(mirror, 'rev-list', 'main')).split('\n')
      expect(history).toEqual(expect.arrayContaining(acknowledged))
      expect(history).toHaveLength(acknowledged.length + 1)
      await stockGit(mirror, 'fsck', '--full')
    })
  },
)
