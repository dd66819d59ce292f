// Parts of it run in the page.
/// <reference lib="dom" />
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import type { TestTab } from './support/browser.ts'
import { startCuttableProxy } from './support/cuttable-proxy.ts'
import type { CuttableProxy } from './support/cuttable-proxy.ts'
import { hasChromium } from './support/found.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'

/** With the number of the command that it waits for: a prompt that is new cannot be taken for one that was there. */
const PROMPT = String.raw`PS1='READY \#> '; HISTFILE=; clear`
/** Milliseconds that anything may take to be on the screen. */
const PATIENCE = 90_000

describe.skipIf(!(await hasChromium()))('terminals in a real Chromium', () => {
  let platform: TestPlatform
  let proxy: CuttableProxy
  let browser: Browser
  let tab: TestTab
  let page: Page
  let id: string
  let work: string
  beforeAll(async () => {
    platform = await startPlatform()
    const { port } = new URL(platform.origin)
    proxy = await startCuttableProxy(Number(port))
    // Every name leads to the platform, over a network that can be cut.
    browser = await startBrowser([`--host-resolver-rules=MAP * 127.0.0.1:${proxy.port}`])
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    id = (body as { id: string }).id
    await platform.until(id, 'running')
    work = join(platform.dataDir, 'run', id, 'work')
    tab = await openTab(browser)
    page = tab.page
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    // The one that every workspace has; then one that is asked for, and is what keys are for at once.
    await shows(/[$#]$/)
    await page.getByRole('button', { name: 'New terminal' }).click()
    await page.getByRole('tab', { name: 'Terminal 2', selected: true }).waitFor()
    await page.locator('[data-testid=terminal]:not([hidden]) textarea:focus').waitFor({ state: 'attached' })
    await shows(/[$#]$/)
    await setPrompt()
  })
  afterAll(async () => {
    await browser?.close()
    await proxy?.[Symbol.asyncDispose]()
    await platform?.[Symbol.asyncDispose]()
  })

  const rows = (): Promise<string> => page.evaluate(readRows)
  const shows = async (pattern: RegExp): Promise<void> => {
    await vi.waitFor(async () => expect(await rows()).toMatch(pattern), { timeout: PATIENCE })
  }
  const type = async (command: string): Promise<void> => {
    await page.keyboard.type(command)
    await page.keyboard.press('Enter')
  }
  let prompted = 0
  /** Resolves when the shell waits for another command than it did the last time. */
  const ready = async (): Promise<void> => {
    const next = async (): Promise<number> => {
      const screen = await rows()
      const number = Number(/READY (\d+)>$/.exec(screen)?.[1] ?? 0)
      expect(number, screen).toBeGreaterThan(prompted)
      return number
    }
    prompted = await vi.waitFor(next, { timeout: PATIENCE })
  }
  const run = async (command: string): Promise<void> => {
    await type(command)
    await ready()
  }
  const setPrompt = async (): Promise<void> => {
    prompted = 0
    await run(PROMPT)
  }
  const focus = (): Promise<void> => page.locator('[data-testid=terminal]:not([hidden]) textarea').focus()

  it('a reload brings a full-screen program back as it was', async (context) => {
    if (!existsSync('/usr/bin/vim')) context.skip('vim (package vim): a reload while it runs')
    await run('seq 1 60000')
    await type('vim -u NONE index.html')
    await shows(/"index\.html"/)
    await page.keyboard.type(':set number')
    await page.keyboard.press('Enter')
    await shows(/^ +1 /)
    const before = await rows()
    await page.reload()
    await vi.waitFor(async () => expect(await rows()).toBe(before), { timeout: PATIENCE })
    await focus()
    await page.keyboard.type(':q!')
    await page.keyboard.press('Enter')
    await ready()
  })

  it('shows the end of a flood, and all that the scrollback holds before it', async () => {
    for (const last of [400_000, 400_001, 400_002]) {
      await run(`clear; seq 1 ${last}; echo done`)
      expect(await rows()).toContain(`${last - 2}\n${last - 1}\n${last}\ndone\nREADY `)
    }
  })

  it.each(['broken', 'silent'] as const)(
    'a %s network costs no output, and what is typed meanwhile arrives once',
    async (network) => {
      await type(`clear; for n in $(seq 1 300); do echo "line $n"; sleep 0.02; done > >(tee ${network}.log)`)
      await shows(/line 20\b/)
      proxy.set(network)
      await page.keyboard.type('echo ty')
      const status = page.getByTestId('connection-status')
      await status.getByText('Reconnecting… what you typed will be sent').waitFor()
      if (network === 'broken') await takeShots(page, 'terminal-offline')
      await type('ped-$((1+1))')
      proxy.set('up')
      await status.getByText('Connected').waitFor()
      await shows(/^typed-2$/m)
      await ready()
      const screen = await rows()
      expect(screen.match(/typed-2/g)).toHaveLength(1)
      const lines = [...screen.matchAll(/^line (\d+)$/gm)].map(([, n]) => Number(n))
      expect(lines.length).toBeGreaterThan(3)
      expect(lines).toEqual(lines.map((_, n) => 300 - lines.length + n + 1))
    },
  )

  it('opens the file that is named on the screen, at its place', async () => {
    await writeFile(join(work, 'long.txt'), Array.from({ length: 90 }, (_, n) => `row ${n + 1}\n`).join(''))
    await focus()
    const columns = await countColumns()
    await run('clear; echo "日本 long.txt:77:3 and missing.txt:1"')
    const row = page.locator('[data-testid=terminal]:not([hidden]) .xterm-rows > div').nth(0)
    const box = await row.boundingBox()
    const screen = await page.locator('[data-testid=terminal]:not([hidden]) .xterm-screen').boundingBox()
    const cell = (screen?.width ?? 0) / columns
    await page.mouse.move((box?.x ?? 0) + 8 * cell, (box?.y ?? 0) + 5)
    await page.mouse.move((box?.x ?? 0) + 9 * cell, (box?.y ?? 0) + 6)
    await page.locator('.xterm-cursor-pointer').waitFor()
    await page.mouse.down()
    await page.mouse.up()
    await page.getByText('Ln 77, Col 3').waitFor()
    expect(await page.getByRole('tab', { name: 'missing.txt' }).count()).toBe(0)
  })

  const countColumns = async (): Promise<number> => {
    await run('clear; tput cols')
    return Number(/^\d+$/m.exec(await rows())?.[0])
  }

  it('shows two side by side, after a reload too', async () => {
    await focus()
    await page.getByRole('button', { name: 'Split terminal' }).click()
    const shown = page.locator('[data-testid=terminal]:not([hidden])')
    await shown.nth(1).locator('textarea:focus').waitFor({ state: 'attached' })
    await page.keyboard.type('echo in-the-second')
    await shown.nth(1).getByText('in-the-second').waitFor()
    await takeShots(page, 'terminal-split')
    await page.reload()
    await shown.nth(1).getByText('in-the-second').waitFor()
    const [left, right] = [await shown.nth(0).boundingBox(), await shown.nth(1).boundingBox()]
    expect(right?.x).toBeCloseTo((left?.x ?? 0) + (left?.width ?? 0), 0)
    const tabs = page.getByRole('tablist', { name: 'Terminals' })
    await tabs.getByRole('tab', { selected: true }).press('Delete')
    await expect.poll(() => shown.count()).toBe(1)
    await shows(/READY \d+>$/)
  })

  it('says how a command ended, and starts again', async () => {
    await focus()
    await type('exit 3')
    const badge = page.getByRole('button', { name: /ended: code 3/ })
    await badge.click()
    await page.getByText('It ended with code 3.').waitFor()
    await takeShots(page, 'terminal-exit')
    await page.getByRole('button', { name: 'New shell here' }).click()
    await badge.waitFor({ state: 'detached' })
    await focus()
    await setPrompt()
    expect(await badge.count()).toBe(0)
  })

  it('shows how the workspace is run, and keeps what is said instead', async () => {
    await page.getByRole('button', { name: 'Run command' }).click()
    const input = page.getByLabel('Run command').and(page.locator('input'))
    await page.getByText('From template.yaml').waitFor()
    await takeShots(page, 'run-command')
    await input.fill('echo from-the-page; exit 4')
    await page.getByRole('button', { name: 'Save and run' }).click()
    await shows(/from-the-page/)
    await page.getByRole('button', { name: 'Run command' }).click()
    await page.getByText('It ended with code 4.').waitFor()
    await page.getByText('From .codenest.yaml').waitFor()
    await takeShots(page, 'run-ended')
    expect(await readFile(join(work, '.codenest.yaml'), 'utf8')).toBe('run: echo from-the-page; exit 4\n')
  })
})

/** Runs in the page: what the terminal that is shown shows. */
function readRows(): string {
  return [...document.querySelectorAll('[data-testid=terminal]:not([hidden]) .xterm-rows > div')]
    .map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd())
    .join('\n')
    .trimEnd()
}
