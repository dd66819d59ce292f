import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBash } from './support/bash.ts'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import type { TestTab } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'

/** Says who it is and how wide, and asks the app at another port, in a way that a browser asks permission for. */
const APP = `
const http = require('http')
const [port, name, host] = process.argv.slice(2)
http.createServer((request, response) => {
  if (request.url === '/asked') {
    response.setHeader('content-type', 'application/json')
    return void response.end(JSON.stringify({ name, method: request.method, own: request.headers['x-own'] }))
  }
  response.setHeader('content-type', 'text/html')
  response.end('<!doctype html><h1>' + name + ' at ' + request.url + '</h1><output></output><pre></pre>' +
    '<a target="_blank">Workspace</a><script>' +
    'const page = new URLSearchParams(location.search).get("page");' +
    'if (page) document.querySelector("a").href = page;' +
    'const show = () => document.querySelector("output").textContent = innerWidth;' +
    'addEventListener("resize", show); show();' +
    'const other = new URLSearchParams(location.search).get("ask");' +
    'if (other) fetch(location.origin.replace(/[0-9]+--/, other + "--") + "/asked", {' +
    ' method: "PUT", credentials: "include", headers: { "x-own": "1" } })' +
    '.then((answer) => answer.text(), String).then((text) => document.querySelector("pre").textContent = text)' +
    '</script>')
}).listen(Number(port), host)
`

describe.skipIf(!(await hasChromium()))('apps in the page', () => {
  let platform: TestPlatform
  let browser: Browser
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform(), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const start = async (name: string): Promise<{ id: string; runner: TestPage }> => {
    const source = { template: 'static-site' }
    const { body } = await platform.api('POST', '/workspaces', { name, source })
    const id = body['id'] as string
    await platform.until(id, 'running')
    const runner = await openPage(platform, id)
    await runner.save('app.cjs', APP)
    return { id, runner }
  }
  const serve = async (on: TestPage, port: number, name: string, host = '127.0.0.1'): Promise<void> => {
    const bash = await openBash(on)
    const open = on.event('ports.changed', (ports) => ports.some((each) => each.port === port))
    await bash.type(`node app.cjs ${port} '${name}' ${host}`)
    await open
  }
  const signIn = async (options = {}): Promise<TestTab> => {
    const tab = await openTab(browser, { permissions: ['clipboard-read', 'clipboard-write'], ...options })
    await giveSession(tab.page, platform)
    return tab
  }
  const preview = (page: Page) => page.frameLocator('iframe[title=Preview]')
  const row = (page: Page, port: number) => page.locator(`[data-testid=port][data-port="${port}"]`)
  const go = async (page: Page, path: string): Promise<void> => {
    await page.getByLabel('Path').fill(path)
    await page.getByLabel('Path').press('Enter')
  }

  it('lists what listens, tells of it, and shows it at the width of a device', async () => {
    const { id, runner } = await start('devices')
    using _runner = runner
    await using tab = await signIn()
    const { page } = tab
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByText('Waiting for a server on :8080').waitFor()
    await takeShots(page, 'preview-waiting')
    await page.getByRole('button', { name: 'Ports', exact: true }).click()
    await page.getByText('Nothing listens.').waitFor()

    // The one that the preview waits for comes without a notice, another one with.
    await serve(runner, 8080, 'main')
    await preview(page).getByRole('heading', { name: 'main at /' }).waitFor()
    await serve(runner, 3000, 'second', '0.0.0.0')
    const notice = page.getByRole('status').filter({ hasText: 'is open' })
    await notice.waitFor()
    await takeShots(page, 'ports')
    expect(await notice.allTextContents()).toEqual([expect.stringContaining('Port 3000 is open')])
    expect(await row(page, 8080).textContent()).toContain('127.0.0.1')
    expect(await row(page, 3000).textContent()).toContain('all addresses')
    expect(await row(page, 3000).textContent()).toMatch(/node.*private/)
    await notice.getByRole('button', { name: 'Open preview' }).click()
    await preview(page).getByRole('heading', { name: 'second at /' }).waitFor()

    // Through what was entered, and back.
    await go(page, 'deep?x=1')
    await preview(page).getByRole('heading', { name: 'second at /deep?x=1' }).waitFor()
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const { host } = new URL(platform.origin)
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`http://3000--${id}.${host}/deep?x=1`)
    await page.getByRole('button', { name: 'Back to what was entered here before' }).click()
    await preview(page).getByRole('heading', { name: 'second at /', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Back to what was entered here before' }).click()
    await preview(page).getByRole('heading', { name: 'main at /' }).waitFor()
    await page.getByRole('button', { name: 'Forward' }).click()
    await preview(page).getByRole('heading', { name: 'second at /', exact: true }).waitFor()

    for (const [device, width] of [
      ['Phone', 390],
      ['Tablet', 820],
    ] as const) {
      await page.getByRole('button', { name: /Width of the preview/ }).click()
      await page.getByRole('menuitem', { name: device }).click()
      await preview(page).locator('output').getByText(String(width)).waitFor()
      await takeShots(page, `preview-${device.toLowerCase()}`)
    }
    await page.getByRole('button', { name: /Width of the preview/ }).click()
    await page.getByRole('menuitem', { name: 'Full width' }).click()
    const pane = await page.getByRole('region', { name: 'Preview' }).boundingBox()
    await preview(page).locator('output').getByText(String(pane?.width)).waitFor()

    // A tab of its own is signed in, too.
    const opening = page.context().waitForEvent('page')
    await page.getByRole('button', { name: 'Open in a new tab' }).click()
    const opened = await opening
    await opened.getByRole('heading', { name: 'second at /' }).waitFor()
    // Chromium brings no clicks to the frames of a page that is behind another one.
    await opened.close()

    // Gone, and there again.
    const bash = await openBash(runner)
    await bash.run('pkill -f "app.cjs 3000"')
    await page.getByText('Waiting for a server on :3000').waitFor()
    await serve(runner, 3000, 'third')
    await preview(page).getByRole('heading', { name: 'third at /' }).waitFor()

    // A tab that the app opens is not shut in as its frame is.
    await go(page, `/?page=${encodeURIComponent(`${platform.origin}/w/${id}`)}`)
    await preview(page).getByRole('heading', { name: 'third at /?page' }).waitFor()
    const popup = page.context().waitForEvent('page')
    await preview(page).getByRole('link', { name: 'Workspace' }).click()
    await (await popup).getByRole('button', { name: 'Ports', exact: true }).waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('loads a server’s page again when it was started anew, and is silent about ports on demand', async () => {
    const { id, runner } = await start('restarts')
    using _runner = runner
    await using tab = await signIn({ viewport: { width: 1000, height: 800 } })
    const { page } = tab
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem').first().waitFor()
    await serve(runner, 8080, 'first')
    await page.getByRole('button', { name: 'Don’t show again' }).click()
    await page.getByRole('button', { name: 'Preview', exact: true }).first().click()
    await preview(page).getByRole('heading', { name: 'first at /' }).waitFor()
    const bash = await openBash(runner)
    // Within one look at the ports.
    await bash.type(`pkill -f "app.cjs 8080"; node app.cjs 8080 again 127.0.0.1`)
    await preview(page).getByRole('heading', { name: 'again at /' }).waitFor()

    await page.getByRole('button', { name: 'Hide preview' }).click()
    await page.reload()
    await page.getByRole('treeitem').first().waitFor()
    await serve(runner, 3000, 'other')
    await page.getByText('Port 3000 is open').waitFor()
    expect(await page.getByText('Port 8080 is open').count()).toBe(0)
    expect(tab.complaints).toEqual([])
  })

  it('lets own ports ask each other with credentials', async () => {
    const { id, runner } = await start('siblings')
    using _runner = runner
    await serve(runner, 8080, 'front')
    await serve(runner, 3001, 'back')
    await using tab = await signIn()
    const { page } = tab
    const entered = page.waitForResponse(
      (response) => response.url().includes('://3001--') && response.status() === 204,
    )
    await page.goto(`${platform.origin}/w/${id}`)
    await entered
    await preview(page).getByRole('heading', { name: 'front at /' }).waitFor()
    await go(page, '/?ask=3001')
    await preview(page).locator('pre').getByText('"name":"back"').waitFor()
    expect(JSON.parse((await preview(page).locator('pre').textContent()) ?? '')).toEqual({
      name: 'back',
      method: 'PUT',
      own: '1',
    })
    expect(tab.complaints).toEqual([])
  })

  it('keeps the previews of two workspaces apart that use one port', async () => {
    const [one, two] = [await start('one'), await start('two')]
    using _one = one.runner
    using _two = two.runner
    await serve(one.runner, 3000, 'mine')
    await serve(two.runner, 3000, 'theirs')
    await using tab = await signIn()
    const second = await tab.page.context().newPage()
    for (const [page, id, name] of [
      [tab.page, one.id, 'mine'],
      [second, two.id, 'theirs'],
    ] as const) {
      await page.goto(`${platform.origin}/w/${id}`)
      await page.getByRole('button', { name: 'Ports', exact: true }).click()
      await row(page, 3000).getByRole('button', { name: 'Open preview of port 3000' }).click()
      const heading = preview(page).getByRole('heading', { name: `${name} at /` })
      await heading.waitFor()
      expect(await heading.count()).toBe(1)
    }
    expect(await preview(tab.page).getByRole('heading').textContent()).toBe('mine at /')
    expect(tab.complaints).toEqual([])
  })

  it('shares a port by a link until it is revoked, and no longer than the workspace runs', async () => {
    const { id, runner } = await start('shared')
    using _runner = runner
    await serve(runner, 8080, 'shown')
    await using tab = await signIn()
    await using guest = await openTab(browser)
    const { page } = tab
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('button', { name: 'Ports', exact: true }).click()
    await row(page, 8080).waitFor()
    const pane = page.getByRole('region', { name: 'Preview' })
    const popover = page.getByRole('dialog', { name: 'Who may see port 8080' })
    const url = () => popover.getByLabel('Address of the link').first().inputValue()
    await pane.getByRole('button', { name: /Share…/ }).click()
    await popover.getByText('Only you can open it.').waitFor()
    await popover.getByRole('button', { name: 'By link' }).click()
    await takeShots(page, 'share-none')
    await popover.getByRole('button', { name: '1 day' }).click()
    await popover.getByRole('button', { name: 'Create link' }).click()
    await popover.getByText(/Expires (tomorrow|in 2[34] hours)/).waitFor()
    await takeShots(page, 'share-link')
    const link = await url()
    await page.locator('[data-testid=port][data-visibility=link]').waitFor()
    await pane.getByRole('button', { name: 'Port 8080 is shared by link. Share…' }).waitFor()

    await guest.page.goto(link)
    await guest.page.getByRole('heading', { name: 'shown at /' }).waitFor()
    expect(guest.page.url()).not.toContain('share=')

    await popover.getByRole('button', { name: 'Revoke' }).click()
    await popover.getByText('There is none yet.').or(popover.getByText('Only you can open it.')).waitFor()
    await page.locator('[data-testid=port][data-visibility=private]').waitFor()
    const over = guest.page.getByRole('heading', { name: 'This link is no longer good' })
    await expect
      .poll(() => guest.page.reload().then(() => over.count()), { timeout: 30_000, interval: 300 })
      .toBe(1)
    await takeShots(guest.page, 'share-over')

    await popover.getByRole('button', { name: 'By link' }).click()
    await popover.getByRole('button', { name: 'Create link' }).click()
    await page.locator('[data-testid=port][data-visibility=link]').waitFor()
    const second = await url()
    await guest.page.goto(second)
    await guest.page.getByRole('heading', { name: 'shown at /' }).waitFor()
    await page.keyboard.press('Escape')
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await page.getByText('Somebody stopped it.').waitFor()
    await takeShots(page, 'start-stopped')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByText('Nothing listens.').waitFor()
    using again = await openPage(platform, id)
    await serve(again, 8080, 'shown')
    await page.locator('[data-testid=port][data-visibility=private]').waitFor()
    await guest.page.goto(second)
    await over.waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('starts a stopped workspace for who visits its page, and shows the terminal that was asked for', async () => {
    const { id, runner } = await start('sleeper')
    runner[Symbol.dispose]()
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await using tab = await signIn()
    const { page } = tab
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem').first().waitFor()
    expect((await platform.workspace(id)).state).toBe('running')

    using again = await openPage(platform, id)
    const [first, second] = [await openBash(again), await openBash(again)]
    await first.run('echo first')
    await second.run('echo second')
    const active = page.getByRole('tablist', { name: 'Terminals' }).locator('[role=tab][aria-selected=true]')
    await page.goto(`${platform.origin}/w/${id}?terminal=${first.id}`)
    await page.locator(`[data-testid=terminal]`).getByText('first').first().waitFor()
    await active.waitFor()
    expect(new URL(page.url()).search).toBe('')

    // What stops while one looks at it stays stopped.
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor()
    expect((await platform.workspace(id)).running).toBe(false)
    expect(tab.complaints).toEqual([])
  })
})
