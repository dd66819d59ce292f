// Parts of it run in the page.
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openTab, startBrowser } from '../tests/support/browser.ts'
import { temporaryFolder } from '../tests/support/shell.ts'
import type { BenchOptions } from './main.ts'
import { startPlatformProcess } from './support/platform-process.ts'
import type { PlatformProcess } from './support/platform-process.ts'
import { descendantsOf, megabytesOf } from './support/pss.ts'
import { row } from './support/rows.ts'
import type { Row } from './support/rows.ts'

declare global {
  /** Milliseconds from the last click, or from when the page was asked for, until a prompt is drawn. */
  var promptTime: Promise<number>
}

const ROUNDS = 20
const WARM_UP = 2
/** Milliseconds that people are promised. */
const CREATE_GOAL = 1_000
const WAKE_GOAL = 700
/** code-server's, idle, as it was measured; megabytes. */
const CODE_SERVER = 103
const MEMORY_GOAL = 45
/** Between two rounds, as between two wishes of a person: what is prepared in advance is ready again. */
const PAUSE_MS = 4_500

/** From the click until the prompt of the shell is on the screen, in a real browser; and what an idle workspace takes. */
export async function bench({ only, say }: BenchOptions): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { path: folder } = stack.use(await temporaryFolder())
  const platform = stack.use(await startPlatformProcess(join(folder, 'data')))
  const browser = await startBrowser()
  stack.defer(() => browser.close())
  const { page } = stack.use(await openTab(browser, { reducedMotion: 'no-preference' }))
  await page.addInitScript(watchPrompt)
  await page.goto(platform.launchUrl)
  const rows: Row[] = []
  const wants = (part: string): boolean => part.includes(only)
  if (wants('create')) {
    say('click on a template…')
    const times = await rounds(page, (n) => create(platform, page, n))
    rows.push(row('click on a template until the prompt', 'ms', times, 'a second', [CREATE_GOAL], 1))
  }
  if (wants('wake')) {
    say('wake of a stopped workspace…')
    const times = await rounds(page, () => wake(platform, page))
    rows.push(row('visit of a stopped workspace until the prompt', 'ms', times, '0.7 s', [WAKE_GOAL], 1))
  }
  if (wants('memory')) {
    say('memory…')
    rows.push(await memory(platform, page))
  }
  return rows
}

async function rounds(page: Page, work: (n: number) => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < ROUNDS + WARM_UP; n += 1) {
    const time = await work(n)
    if (n >= WARM_UP) times.push(time)
    await page.waitForTimeout(PAUSE_MS)
  }
  return times
}

/** The template without parameters that must be filled in; its dialog's button is the click that counts. */
async function create(platform: PlatformProcess, page: Page, n: number): Promise<number> {
  await page.goto(platform.origin)
  await page.getByTestId('template-card').filter({ hasText: 'Express' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Workspace name').fill(`bench-${n}`)
  await dialog.getByRole('button', { name: 'Create workspace' }).click()
  const time = await page.evaluate(() => globalThis.promptTime)
  await leaveAndStop(platform, page)
  return time
}

async function wake(platform: PlatformProcess, page: Page): Promise<number> {
  const id = await anyWorkspace(platform)
  await page.goto(platform.origin)
  await page.locator(`[data-workspace=${id}]`).waitFor()
  await page.goto(`${platform.origin}/w/${id}`)
  const time = await page.evaluate(() => globalThis.promptTime)
  await leaveAndStop(platform, page)
  return time
}

async function anyWorkspace(platform: PlatformProcess): Promise<string> {
  const { body } = await platform.api('GET', '/workspaces')
  const [known] = body['workspaces'] as { id: string }[]
  if (known) return known.id
  const source = { template: 'static-site' }
  const made = await platform.api('POST', '/workspaces', { source })
  const id = made.body['id'] as string
  await platform.until(id, 'running')
  await stop(platform, id)
  return id
}

async function leaveAndStop(platform: PlatformProcess, page: Page): Promise<void> {
  const id = new URL(page.url()).pathname.split('/')[2] ?? ''
  await page.goto(platform.origin)
  await stop(platform, id)
}

async function stop(platform: PlatformProcess, id: string): Promise<void> {
  await platform.api('POST', `/workspaces/${id}/stop`)
  await platform.until(id, 'stopped')
}

/** Runs in the page, before its own scripts. */
function watchPrompt(): void {
  // The page's clock begins when it was asked for.
  let began = 0
  window.addEventListener('click', ({ timeStamp }) => (began = timeStamp), { capture: true })
  globalThis.promptTime = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no prompt within a minute')), 60_000)
    const observer = new MutationObserver(() => {
      if (document.querySelector('.xterm-rows')?.textContent.includes('$') !== true) return
      observer.disconnect()
      requestAnimationFrame(() => resolve(performance.now() - began))
    })
    observer.observe(document, { subtree: true, childList: true, characterData: true })
  })
}

/** Of the platform and of one runner with a shell, when both have come to rest. */
async function memory(platform: PlatformProcess, page: Page): Promise<Row> {
  const source = { template: 'static-site' }
  const { body } = await platform.api('POST', '/workspaces', { source })
  const id = body['id'] as string
  await page.goto(`${platform.origin}/w/${id}`)
  await page.evaluate(() => globalThis.promptTime)
  await page.goto('about:blank')
  await page.waitForTimeout(30_000)
  const family = await descendantsOf(platform.pid)
  const commands = await Promise.all(
    family.map(async ({ pid }) => ({
      pid,
      line: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    })),
  )
  // Two runners: this one, and the one that is ready for the next.
  const pids = commands.filter(({ line }) => /runner\/dist\/main|bwrap|bash/.test(line)).map(({ pid }) => pid)
  const each = (await megabytesOf(pids)) / 2
  return row('memory of an idle workspace', 'MB', [each], 'code-server', [CODE_SERVER], MEMORY_GOAL)
}
