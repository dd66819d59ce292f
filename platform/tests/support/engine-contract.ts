import { expect, it } from 'vitest'
import type { Workspace } from '../../src/protocol.ts'
import { openPage } from './page.ts'
import type { TestPage } from './page.ts'
import type { Owner } from './platform.ts'

export interface EngineUnderTest {
  owner: Owner
  /** What is left of a workspace where it ran: nothing, when it is stopped. */
  remains(id: string): Promise<string[]>
}

/** Milliseconds: a real cluster takes its time. */
const PATIENCE = { timeout: 120_000 }

/** What tests do with workspaces, whatever they run on. */
export interface TestWorkspaces {
  /** A new one that runs. */
  create: () => Promise<Workspace>
  /** A page that is connected, as soon as there is somebody to connect to. */
  connect: (id: string) => Promise<TestPage>
  read: (id: string, path: string) => Promise<string | null>
  /** Resolves when nothing is left of it. */
  remove: (id: string) => Promise<void>
}

export function workspacesOn(open: () => EngineUnderTest): TestWorkspaces {
  const workspaces: TestWorkspaces = {
    async create() {
      const { owner } = open()
      const answer = await owner.api('POST', '/workspaces', { source: { template: 'static-site' } })
      expect(answer).toMatchObject({ status: 201 })
      return owner.until((answer.body as { id: string }).id, 'running')
    },
    connect: (id) => expectSoon(() => openPage(open().owner, id)),
    async read(id, path) {
      using page = await workspaces.connect(id)
      return (await page.request('files.read', { path })).content
    },
    async remove(id) {
      await open().owner.api('DELETE', `/workspaces/${id}`)
      await expect.poll(() => open().remains(id), PATIENCE).toEqual([])
    },
  }
  return workspaces
}

/** What every engine does for whoever works in a workspace. Called within a `describe`. */
export function describeEngine(open: () => EngineUnderTest): void {
  const { create, connect, read, remove } = workspacesOn(open)
  async function ask(id: string, what: 'start' | 'stop'): Promise<void> {
    expect((await open().owner.api('POST', `/workspaces/${id}/${what}`)).status).toBe(202)
  }

  it('runs a workspace, leaves nothing of one that is stopped, and brings it back as it was', async () => {
    const { id } = await create()
    expect(await open().remains(id)).not.toEqual([])
    {
      using page = await connect(id)
      await page.save('a.txt', 'saved\n')
    }
    await ask(id, 'stop')
    await open().owner.until(id, 'stopped')
    expect(await open().remains(id)).toEqual([])
    await ask(id, 'start')
    await open().owner.until(id, 'running')
    expect(await read(id, 'a.txt')).toBe('saved\n')
    await remove(id)
  })

  it('saves what a terminal changed in the moment before it stops', async () => {
    const { id } = await create()
    {
      using page = await connect(id)
      const { id: terminal } = await page.request('terminals.create', { cols: 80, rows: 24 })
      await page.request('terminals.attach', { id: terminal, cols: 80, rows: 24 })
      const done = page.event('terminals.output', ({ data }) => /^DONE/m.test(data))
      await page.request('terminals.input', { id: terminal, data: 'echo late > late.txt; echo DONE\n' })
      await done
      await ask(id, 'stop')
    }
    await open().owner.until(id, 'stopped')
    await ask(id, 'start')
    await open().owner.until(id, 'running')
    expect(await read(id, 'late.txt')).toBe('late\n')
    await remove(id)
  })

  it('does nothing twice, and ends with what was asked for last', async () => {
    const { id } = await create()
    await ask(id, 'start')
    await ask(id, 'stop')
    await ask(id, 'stop')
    await ask(id, 'start')
    await expect.poll(async () => (await open().owner.workspace(id)).state, PATIENCE).toBe('running')
    expect(await read(id, 'index.html')).toContain('<html')
    await remove(id)
  })

  it('brings a workspace back whose runner was killed', async () => {
    const { id } = await create()
    const page = await connect(id)
    await page.save('a.txt', 'before\n')
    const { id: terminal } = await page.request('terminals.create', { cols: 80, rows: 24 })
    const gone = new Promise((resolve) => page.socket.once('disconnect', resolve))
    // It has no time to answer.
    page.request('terminals.input', { id: terminal, data: 'kill -9 $PPID\n' }).catch(() => {})
    await gone
    await expect.poll(async () => (await open().owner.workspace(id)).state, PATIENCE).toBe('running')
    expect(await read(id, 'a.txt')).toBe('before\n')
    await remove(id)
  })
}

async function expectSoon<T>(attempt: () => Promise<T>): Promise<T> {
  let value: T | undefined
  await expect
    .poll(async () => {
      value = await attempt().catch(() => undefined)
      return value !== undefined
    }, PATIENCE)
    .toBe(true)
  return value as T
}
