import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openTab } from '../../tests/support/browser.ts'
import { openPage } from '../../tests/support/page.ts'
import { startPlatformProcess } from '../support/platform-process.ts'
import { startProgram } from '../support/program.ts'
import { descendantsOf } from '../support/pss.ts'
import { getCodeServer, getTtyd } from './peer-cache.ts'
import { untilScreen, watchScreen } from './screen.ts'

export type ContenderName = 'ours' | 'ttyd' | 'code-server'

/** A terminal in a browser's page, and the server behind it. */
export interface Contender extends AsyncDisposable {
  page: Page
  /** The server's processes, without the shells. */
  pids(): Promise<number[]>
  /** Opens another terminal and shows it; null where a page has only one. */
  open: (() => Promise<void>) | null
  /** Opens so many more with something on each screen, without showing them; null where that needs a page each. */
  fill: ((count: number) => Promise<void>) | null
}

const WIDTH = 1100
/** Of our panel and ttyd's window, in CSS pixels. */
const HEIGHT = 560
const FONT = 12.5
/** As people have it. */
const MOVING = { reducedMotion: 'no-preference' } as const

export async function startOurs(browser: Browser, folder: string): Promise<Contender> {
  await using stack = new AsyncDisposableStack()
  const platform = stack.use(await startPlatformProcess(join(folder, 'data')))
  const source = { template: 'static-site' }
  const { body } = await platform.api('POST', '/workspaces', { name: 'bench', source })
  const { id } = body as { id: string }
  await platform.until(id, 'running')
  const { page } = stack.use(
    await openTab(browser, { ...MOVING, viewport: { width: WIDTH, height: HEIGHT + 200 } }),
  )
  const layout = { sideBar: false, preview: false, panel: true, panelHeight: HEIGHT }
  await page.addInitScript(`localStorage.setItem('codenest.layout.${id}', '${JSON.stringify(layout)}')`)
  await page.addInitScript(watchScreen)
  await page.goto(platform.launchUrl)
  await page.goto(`${platform.origin}/w/${id}`)
  const button = page.getByRole('button', { name: 'New terminal' }).first()
  await button.and(page.locator(':enabled')).waitFor()
  const client = stack.use(await openPage(platform, id))
  const cleanup = stack.move()
  return {
    page,
    // The runner that waits for the next workspace among them.
    pids: async () => [platform.pid, ...(await ownDescendantsOf(platform.pid))],
    open: () => button.click(),
    async fill(count) {
      for (let n = 0; n < count; n += 1) {
        const made = await client.request('terminals.create', { cols: 100, rows: 30 })
        const done = client.event('terminals.output', ({ data }) => data.includes('200\r\n'))
        await client.request('terminals.attach', { id: made.id, cols: 100, rows: 30 })
        await client.request('terminals.input', { id: made.id, data: 'seq 1 200\r' })
        await done
      }
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

export async function startTtyd(browser: Browser): Promise<Contender> {
  await using stack = new AsyncDisposableStack()
  const options = [`fontSize=${FONT}`, 'lineHeight=1.25', 'rendererType=dom', 'disableLeaveAlert=true']
  const flags = ['-W', '-i', '127.0.0.1', ...options.flatMap((option) => ['-t', option])]
  const program = await getTtyd()
  const { pid, port } = stack.use(
    await startProgram(program, (free) => [...flags, '-p', String(free), 'bash', '--norc']),
  )
  const { page } = stack.use(
    await openTab(browser, { ...MOVING, viewport: { width: WIDTH, height: HEIGHT } }),
  )
  await page.addInitScript(watchScreen)
  await page.goto(`http://127.0.0.1:${port}/`)
  const sockets = new Set<WebSocket>()
  stack.defer(() => sockets.forEach((socket) => socket.close()))
  const cleanup = stack.move()
  return {
    page,
    pids: () => Promise.resolve([pid]),
    open: null,
    async fill(count) {
      for (let n = 0; n < count; n += 1) sockets.add(await openTtydTerminal(port))
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** What ttyd's page does: greets with its size, then types. */
async function openTtydTerminal(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['tty'])
  socket.binaryType = 'arraybuffer'
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
  socket.send(encode(JSON.stringify({ AuthToken: '', columns: 100, rows: 30 })))
  await new Promise<void>((resolve) => {
    let seen = ''
    socket.addEventListener('message', ({ data }) => {
      seen += new TextDecoder().decode(data as ArrayBuffer)
      if (seen.includes('200\r\n')) resolve()
    })
    socket.send(encode('0seq 1 200\r'))
  })
  return socket
}

export async function startCodeServer(
  browser: Browser,
  folder: string,
  say: (text: string) => void,
): Promise<Contender> {
  await using stack = new AsyncDisposableStack()
  const program = await getCodeServer(say)
  const [data, work] = [join(folder, 'code-server'), join(folder, 'work')]
  await mkdir(join(data, 'User'), { recursive: true })
  await mkdir(work, { recursive: true })
  const settings = {
    'terminal.integrated.gpuAcceleration': 'off',
    'terminal.integrated.fontSize': FONT,
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'chat.disableAIFeatures': true,
  }
  await writeFile(join(data, 'User/settings.json'), JSON.stringify(settings))
  const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust']
  const { pid, port } = stack.use(
    await startProgram(program, (free) => [
      '--auth',
      'none',
      '--bind-addr',
      `127.0.0.1:${free}`,
      '--user-data-dir',
      data,
      ...quiet,
      work,
    ]),
  )
  const { page } = stack.use(
    await openTab(browser, { ...MOVING, viewport: { width: WIDTH, height: HEIGHT + 200 } }),
  )
  await page.addInitScript(watchScreen)
  await page.goto(`http://127.0.0.1:${port}/?folder=${work}`)
  await page.locator('.explorer-folders-view').waitFor()
  // Keys do nothing for the first seconds: by name, until it is understood.
  const list = page.locator('.quick-input-list')
  const understood = (): Promise<boolean> =>
    list.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    )
  do await page.keyboard.press('F1')
  while (!(await understood()))
  await page.keyboard.type('View: Toggle Terminal')
  await list.getByText('Toggle Terminal').first().waitFor()
  await page.keyboard.press('Enter')
  await untilScreen(page, /[$#] *$/)
  const cleanup = stack.move()
  return {
    page,
    pids: async () => [pid, ...(await ownDescendantsOf(pid))],
    open: () => page.keyboard.press('Control+Shift+Backquote'),
    fill: null,
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** Without the shells. */
async function ownDescendantsOf(root: number): Promise<number[]> {
  return (await descendantsOf(root)).filter(({ name }) => name !== 'bash').map(({ pid }) => pid)
}
