import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { createRandom } from './simulation/random.ts'
import { declareRepository } from './support/declared-repository.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { spawnPlatform } from './support/spawn-platform.ts'

const PUSHES = 100
const CLIENTS = 4
const KILLS = 4
const SEED = 20261124

interface RunningPlatform {
  port: number
  kill(): Promise<void>
}

/** A platform as a process of its own. */
async function startProcess(dataDir: string): Promise<RunningPlatform> {
  const child = spawnPlatform(dataDir)
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const [, port] = /localhost:(\d+)\/launch/.exec(line) ?? []
    if (port === undefined) continue
    return {
      port: Number(port),
      async kill() {
        child.kill('SIGKILL')
        await exited
      },
    }
  }
  throw new Error('the platform did not start')
}

it(
  `keeps every acknowledged push of ${PUSHES} when the platform is killed ${KILLS} times meanwhile`,
  { timeout: 600_000 },
  async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const repository = await declareRepository(dataDir, 'killed')
    const token = await repository.mint('runner', { session: '01ARZ3NDEKTSV4RRFFQ69G5FAV' })
    const url = (port: number): string => `http://runner:${token}@127.0.0.1:${port}/git/killed.git`
    const random = createRandom(SEED)
    const acknowledged = new Map<string, string[]>()
    let platform = await startProcess(dataDir)
    /** Resolves when a platform is there again. */
    let ready: Promise<void> = Promise.resolve()
    const todo = { left: PUSHES }
    let failures = 0
    const progress = new EventEmitter()

    const client = async (name: string): Promise<void> => {
      await stockGit(folder.path, 'init', '-q', '-b', name, name)
      const work = join(folder.path, name)
      const done: string[] = []
      acknowledged.set(name, done)
      while (todo.left > 0) {
        todo.left -= 1
        progress.emit('push')
        await stockGit(work, 'commit', '-q', '--allow-empty', '-m', `${name} ${todo.left}`)
        const tip = await stockGit(work, 'rev-parse', 'HEAD')
        await ready
        try {
          await stockGit(work, 'push', '-q', url(platform.port), name)
          done.push(tip)
        } catch {
          failures += 1
        }
      }
    }
    const killer = async (): Promise<void> => {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const next = PUSHES - Math.floor((PUSHES * kill) / (KILLS + 1))
        while (todo.left > next) await once(progress, 'push')
        await new Promise((resolve) => setTimeout(resolve, random.below(150)))
        ready = (async () => {
          await platform.kill()
          platform = await startProcess(dataDir)
        })()
        await ready
      }
    }
    try {
      await Promise.all([killer(), ...Array.from({ length: CLIENTS }, (_, n) => client(`c${n}`))])
      await platform.kill()
      platform = await startProcess(dataDir)
      await stockGit(folder.path, 'clone', '-q', '--mirror', url(platform.port), 'mirror')
      const mirror = join(folder.path, 'mirror')
      expect(await stockGit(mirror, 'fsck', '--full', '--strict')).toBe('')
      for (const [name, tips] of acknowledged) {
        const there = (await stockGit(mirror, 'rev-list', `refs/heads/${name}`)).split('\n')
        expect(tips.filter((tip) => !there.includes(tip))).toEqual([])
      }
      const count = [...acknowledged.values()].reduce((sum, tips) => sum + tips.length, 0)
      expect(count + failures).toBe(PUSHES)
      expect(count).toBeGreaterThan(PUSHES / 2)
      // Otherwise no kill has hit a push.
      expect(failures).toBeGreaterThan(0)
    } finally {
      await platform.kill()
    }
  },
)
