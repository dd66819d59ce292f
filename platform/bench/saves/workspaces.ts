import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { SavesStatus } from '@codenest/runner/protocol'
import { openPage } from '../../tests/support/page.ts'
import type { TestPage } from '../../tests/support/page.ts'
import { startPlatform } from '../../tests/support/platform.ts'
import type { TestPlatform } from '../../tests/support/platform.ts'
import type { ObjectStore } from '../../src/store/object-store.ts'

/** The file that everybody edits. */
export const EDITED = 'src/edited.ts'

/** A running workspace of a whole platform, with a page that is connected through the gateway. */
export interface BenchWorkspace {
  /** Milliseconds from the request to start it until its files are there. */
  opened: number
  /** Saves a file and resolves when it is durable in the store. */
  save(path?: string): Promise<void>
  /** Sends saves without waiting, `pause` milliseconds apart; the time from the last until all are durable. */
  burst(count: number, pause: number): Promise<number>
  /** Milliseconds of processor time that its runner took so far. */
  cpu(): Promise<number>
}

/** A platform of its own over `store` (the disk store when left out). */
export async function startBenchPlatform(dataDir: string, store?: ObjectStore): Promise<TestPlatform> {
  return startPlatform({ dataDir, overrides: store ? { store } : {} })
}

export async function openBenchWorkspace(
  platform: TestPlatform,
  name: string,
  repository: string,
): Promise<BenchWorkspace & Disposable> {
  const before = new Set(await runners())
  const begin = performance.now()
  const { status, body } = await platform.api('POST', '/workspaces', { name, source: { repository } })
  if (status !== 201) throw new Error(`no workspace: ${JSON.stringify(body)}`)
  await platform.until(name, 'running')
  const opened = performance.now() - begin
  const pid = (await runners()).find((each) => !before.has(each)) ?? 0
  const page = await openPage(platform, name)
  const versions = new Map<string, string>()
  let number = 0

  const send = async (path: string): Promise<string> => {
    number += 1
    const saveId = randomUUID()
    const content = `export const value = ${number}\n`
    const baseVersion = versions.get(path) ?? null
    const { version } = await page.request('saves.save', { saveId, path, content, baseVersion })
    versions.set(path, version)
    return saveId
  }

  return {
    opened,
    async save(path = EDITED) {
      // Listens first: the durable status may overtake the answer.
      const settled = untilDurable(page)
      await send(path)
      await settled
    },
    async burst(count, pause) {
      let isDurable = false
      const listener = ({ state, pending }: SavesStatus): void => {
        isDurable = state === 'durable' && pending.length === 0
      }
      page.socket.on('saves.changed', listener)
      const sent: Promise<string>[] = []
      for (let n = 0; n < count; n += 1) {
        if (n > 0) await new Promise((resolve) => setTimeout(resolve, pause))
        sent.push(send(`burst/${n % 10}/${number}.ts`))
      }
      const last = performance.now()
      await Promise.all(sent)
      // Told before the answers: what is durable by now was told, too.
      if (!isDurable) await untilDurable(page)
      page.socket.off('saves.changed', listener)
      return performance.now() - last
    },
    cpu: () => processorTime(pid),
    [Symbol.dispose]: () => page[Symbol.dispose](),
  }
}

/** Resolves with the first status after now that has nothing pending, once something was. */
function untilDurable(page: TestPage): Promise<unknown> {
  return page.event('saves.changed', ({ state, pending }) => state === 'durable' && pending.length === 0)
}

async function runners(): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(parent) === process.pid) found.push(Number(name))
  }
  return found
}

async function processorTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // In hundredths of a second: user and system.
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Resolves when `milliseconds` have passed. */
export async function passTime(milliseconds: number): Promise<void> {
  await once(AbortSignal.timeout(milliseconds), 'abort')
}
