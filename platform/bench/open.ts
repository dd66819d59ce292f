// Parts of it run in the page.
/// <reference lib="dom" />
import { createCipheriv } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openTab, startBrowser } from '../tests/support/browser.ts'
import { stockGit, temporaryFolder } from '../tests/support/shell.ts'
import type { BenchOptions } from './main.ts'
import { fastImport } from './support/repositories.ts'
import { startPlatformProcess } from './support/platform-process.ts'
import { row } from './support/rows.ts'
import type { Row } from './support/rows.ts'
import { startServer } from './support/server-process.ts'

declare global {
  /** Milliseconds from the last click until the first key that was pressed is on the screen. */
  var keyTime: Promise<number>
}

/** Megabytes of the pack, by name; a tenth is in the newest commit, the rest is history. */
const SIZES: [name: string, megabytes: number, rounds: number][] = [
  ['1 MB', 1, 5],
  ['50 MB', 50, 3],
  ['500 MB', 500, 2],
]
/** Of a second open, as a part of what a clone takes. */
const SECOND_GOAL = 0.2
const CHUNK = 512 * 1024
/** Between two wishes of a person: what is prepared in advance is ready again. */
const PAUSE_MS = 4_500

/** From the click on "Open repository" until a key that was pressed in its terminal is on the screen, beside a clone. */
export async function bench({ only, say }: BenchOptions): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { path: folder } = stack.use(await temporaryFolder())
  const browser = await startBrowser()
  stack.defer(() => browser.close())
  const rows: Row[] = []
  for (const [name, megabytes, rounds] of SIZES) {
    if (!name.includes(only)) continue
    say(`${name}: making it…`)
    await using server = await startServer('stock-server.ts', { folder, repositories: ['project'] })
    await makeProject(join(folder, 'project.git'), megabytes)
    const url = server.url('project')
    const clones: number[] = []
    for (let n = 0; n <= rounds; n += 1) {
      const began = performance.now()
      await stockGit(folder, 'clone', '-q', url, 'clone')
      if (n > 0) clones.push(performance.now() - began)
      await rm(join(folder, 'clone'), { recursive: true })
    }
    const [first, second]: [number[], number[]] = [[], []]
    for (let n = 0; n < rounds; n += 1) {
      say(`${name}: open ${n + 1} of ${rounds}…`)
      // Each time a platform that has never heard of it.
      await using platform = await startPlatformProcess(join(folder, `data-${megabytes}-${n}`))
      await using tab = await openTab(browser, { reducedMotion: 'no-preference' })
      await tab.page.addInitScript(watchKey)
      await tab.page.goto(platform.launchUrl)
      const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
      await tab.page.goto(`${platform.origin}/w/${String(body['id'])}`)
      await prompt(tab.page)
      await tab.page.waitForTimeout(PAUSE_MS)
      first.push(await open(tab.page, platform.origin, url))
      // What the second open finds here is everything.
      await tab.page.getByTestId('history-arriving').waitFor({ state: 'detached', timeout: 300_000 })
      await tab.page.waitForTimeout(PAUSE_MS)
      second.push(await open(tab.page, platform.origin, url))
      const [one = 0, two = 0, clone = 0] = [first, second, clones].map((times) => times.at(-1))
      say(`${name}: ${Math.round(one)} ms, again ${Math.round(two)} ms; git clone ${Math.round(clone)} ms`)
    }
    const isLarge = megabytes >= 500
    rows.push(row(`${name}: first open to a keystroke`, 'ms', first, 'git clone', clones, isLarge ? 1 : null))
    rows.push(row(`${name}: second open to a keystroke`, 'ms', second, 'git clone', clones, SECOND_GOAL))
    await rm(join(folder, 'project.git'), { recursive: true })
  }
  return rows
}

async function open(page: Page, origin: string, url: string): Promise<number> {
  await page.goto(origin)
  await page.getByLabel('Repository address').fill(url)
  await page.getByRole('button', { name: /^Open (repository|another)$/ }).click()
  await prompt(page)
  await page.locator('.xterm-helper-textarea').first().focus()
  await page.keyboard.press('z')
  return page.evaluate(() => globalThis.keyTime)
}

async function prompt(page: Page): Promise<void> {
  const isThere = (): boolean => document.querySelector('.xterm-rows')?.textContent.includes('$') === true
  await page.waitForFunction(isThere, null, { polling: 20, timeout: 300_000 })
}

/** Runs in the page, before its own scripts. */
function watchKey(): void {
  let began = 0
  window.addEventListener('click', ({ timeStamp }) => (began = timeStamp), { capture: true })
  globalThis.keyTime = new Promise((resolve) => {
    const look = (): void => {
      if (/\$\s*z/.test(document.querySelector('.xterm-rows')?.textContent ?? ''))
        requestAnimationFrame(() => resolve(performance.now() - began))
      else setTimeout(look, 10)
    }
    look()
  })
}

/** Files that do not compress; each commit writes some of them anew. */
async function makeProject(path: string, megabytes: number): Promise<void> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, megabytes % 255), Buffer.alloc(16))
  const chunk = Math.min(CHUNK, (megabytes * 1024 * 1024) / 20)
  const zeros = Buffer.alloc(chunk)
  const total = Math.round((megabytes * 1024 * 1024) / chunk)
  const files = Math.max(1, Math.round(total / 10))
  await stockGit(path, 'config', 'core.compression', '0')
  await fastImport(
    path,
    (function* () {
      for (let n = 0; n < total; n += 1) {
        if (n % files === 0)
          yield `commit refs/heads/main\ncommitter Ada <ada@example.com> ${1_700_000_000 + n} +0000\ndata 6\nChange\n`
        yield `M 100644 inline src/part-${n % files}.bin\ndata ${chunk}\n`
        yield cipher.update(zeros)
        yield '\n'
      }
    })(),
  )
}
