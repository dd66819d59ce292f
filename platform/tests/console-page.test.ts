import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBash } from './support/bash.ts'
import { openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'

/** A page that browsers keep for days, one with a strict policy, and the files of its folder. */
const APP = `
const page = (title, script) => '<!doctype html><html><head><title>' + title + '</title>' + script + '</head><body>' +
  '<h1>' + title + '</h1><button id=fail>Fail</button><button id=reject>Reject</button><button id=flood>Flood</button>' +
  '<button id=twice>Repeat</button><button id=forge>Forge</button><a href=/next>Next</a></body></html>'
require('http').createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://app')
  if (pathname.endsWith('.js')) {
    response.setHeader('content-type', 'text/javascript')
    return void require('fs').createReadStream('public' + pathname).pipe(response)
  }
  if (pathname === '/favicon.ico') return void response.writeHead(204).end()
  response.setHeader('content-type', 'text/html; charset=utf-8')
  if (pathname === '/strict') {
    response.setHeader('content-security-policy', "script-src 'nonce-own'")
    return void response.end(page('Strict', '<script nonce=own>console.log("of the strict page")</script>'))
  }
  response.setHeader('last-modified', 'Mon, 02 Jan 2023 00:00:00 GMT')
  if (request.headers['if-modified-since']) return void response.writeHead(304).end()
  response.end(page(pathname, '<script defer src=/main.js></script>'))
}).listen(8080, '127.0.0.1')
`
const MAIN = `const child = { name: 'child', big: 12n, when: new Date(0) }
child.parent = { child }
console.log('%cScripts in the head: %d', 'color: red', document.head.querySelectorAll('script').length)
console.info('A cycle', child, [1, , 'two'], new Map([['key', new Set([1])]]))
console.warn('An element', document.querySelector('#fail'), function named() {})
console.debug({ get secret() { console.error('a getter ran') }, [Symbol.toStringTag]: 'Own' }, new Proxy({}, {
  ownKeys() { throw new Error('do not look') },
}))
console.debug('Long', Array.from({ length: 300 }, (_, at) => ({ at, square: at * at })))
const on = (id, act) => document.querySelector(id).addEventListener('click', act)
on('#fail', function fail() {
  throw new TypeError('It broke', { cause: new Error('deep down') })
})
on('#reject', () => void Promise.reject(new Error('Nobody caught it')))
on('#twice', () => {
  for (let at = 0; at < 3; at++) console.log('again')
})
on('#flood', () => {
  for (let at = 0; at < 5000; at++) console.log('flood', at)
})
on('#forge', () => {
  for (const data of [null, { codenest: 'console', level: 'fatal', text: 'bad' }, { codenest: 'console', level: 'log' }])
    parent.postMessage(data, '*')
  parent.postMessage({ codenest: 'console', level: 'error', text: '<img src=x onerror=alert(1)>', url: 'javascript:1' }, '*')
})
`

describe.skipIf(!(await hasChromium()))('the console of the preview', () => {
  let platform: TestPlatform
  let browser: Browser
  let id: string
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform(), startBrowser()])
    const source = { template: 'static-site' }
    const { body } = await platform.api('POST', '/workspaces', { name: 'console', source })
    id = body['id'] as string
    await platform.until(id, 'running')
    using runner = await openPage(platform, id)
    await runner.save('app.cjs', APP)
    await runner.save('public/main.js', MAIN)
    const bash = await openBash(runner)
    const open = runner.event('ports.changed', (ports) => ports.some(({ port }) => port === 8080))
    await bash.type('node app.cjs')
    await open
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const preview = (page: Page) => page.frameLocator('iframe[title=Preview]')
  const lines = (page: Page, level = '') =>
    page.locator(`[data-testid=console-line]${level && `[data-level=${level}]`}`)
  const consoleButton = (page: Page) =>
    page.getByRole('region', { name: 'Preview' }).getByRole('button', { name: /^Console/ })
  const go = async (page: Page, path: string): Promise<void> => {
    await page.getByLabel('Path').fill(path)
    await page.getByLabel('Path').press('Enter')
  }

  it('shows what the page says, for its owner, when it is wanted', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(platform.launchUrl())
    await page.goto(`${platform.origin}/w/${id}`)
    await preview(page).getByRole('heading', { name: '/', exact: true }).waitFor()
    const drawer = page.getByRole('region', { name: 'Console', exact: true })
    expect(await drawer.count()).toBe(0)

    // The browser has this page, fresh for months, without the script.
    await consoleButton(page).click()
    await lines(page, 'log').getByText('Scripts in the head: 1').waitFor()
    await takeShots(page, 'console')
    const texts = await lines(page).locator(':scope > div').allTextContents()
    expect(texts[1]).toBe(
      'A cycle {\n  name: "child",\n  big: 12n,\n  when: 1970-01-01T00:00:00.000Z,\n  parent: {child: [Circular]}\n} ' +
        '[1, undefined, "two"] Map(1) {"key" => Set(1) {1}}',
    )
    expect(texts[2]).toBe('An element <button id="fail"> ƒ named()')
    expect(texts[4]).toMatch(/^Long \[\n {2}\{at: 0, square: 0\},\n[^]*Show all$/)
    expect(texts[3]).toBe('{secret: (…)} [unreadable]')
    // Looking at something neither runs its code nor harms the page.
    expect(await lines(page).count()).toBe(5)
    await lines(page, 'debug').getByRole('button', { name: 'Show all' }).click()
    await lines(page, 'debug').getByText('… 200 more').waitFor()

    await preview(page).getByRole('button', { name: 'Fail' }).click()
    const failed = lines(page, 'error').filter({ hasText: 'Uncaught TypeError: It broke' })
    await failed.getByText('caused by Error: deep down').waitFor()
    expect(await failed.textContent()).toContain('at HTMLButtonElement.fail (/main.js:12:9)')
    await preview(page).getByRole('button', { name: 'Reject' }).click()
    await lines(page, 'error').getByText('Uncaught (in promise) Error: Nobody caught it').waitFor()
    await preview(page).getByRole('button', { name: 'Repeat' }).click()
    const again = lines(page, 'log').filter({ hasText: 'again' })
    await again.getByTitle('3 times in a row').waitFor()
    expect(await again.count()).toBe(1)
    await takeShots(page, 'console-errors')

    await page.getByRole('button', { name: 'Errors 2' }).click()
    await expect.poll(() => lines(page).count()).toBe(2)
    await page.getByRole('button', { name: 'Warnings 1' }).click()
    await lines(page, 'warn').waitFor()
    await page.getByRole('button', { name: 'All', exact: true }).click()

    // The file behind it, at its place.
    await failed.getByRole('button', { name: 'main.js:12' }).click()
    await page.getByText('Ln 12, Col 9').waitFor()

    // While it is away errors are counted.
    await page.getByRole('button', { name: 'Hide the console' }).click()
    await preview(page).getByRole('button', { name: 'Fail' }).click()
    await page.getByRole('button', { name: 'Console, 1 new error' }).waitFor()
    await takeShots(page, 'console-unread')
    await page.reload()
    await preview(page).getByRole('heading', { name: '/', exact: true }).waitFor()
    await consoleButton(page).click()
    await lines(page, 'log').getByText('Scripts in the head: 1').waitFor()
    await page.getByRole('button', { name: 'Clear the console' }).click()
    await page.getByText('Nothing yet.').waitFor()

    // Another page, another console.
    await preview(page).getByRole('button', { name: 'Repeat' }).click()
    await again.waitFor()
    await preview(page).getByRole('link', { name: 'Next' }).click()
    await lines(page, 'log').getByText('Scripts in the head: 1').waitFor()
    expect(await again.count()).toBe(0)

    // It can be loud, and it can lie.
    await preview(page).getByRole('button', { name: 'Flood' }).click()
    await page.getByText(/[34],\d{3} lines are not here/).waitFor()
    expect(await lines(page).count()).toBeLessThan(1_001)
    await page.getByRole('button', { name: 'Clear the console' }).click()
    await preview(page).getByRole('button', { name: 'Forge' }).click()
    await lines(page, 'error').getByText('<img src=x onerror=alert(1)>').waitFor()
    expect(await lines(page).count()).toBe(1)

    await go(page, '/strict')
    await preview(page).getByRole('heading', { name: 'Strict' }).waitFor()
    await page.getByText('Its own content security policy').waitFor()
    await takeShots(page, 'console-silent')

    // Switched off, the page is the app's alone, in this browser from now on.
    await page.getByRole('button', { name: 'Stop watching the page' }).click()
    await go(page, '/')
    await preview(page).getByRole('heading', { name: '/', exact: true }).waitFor()
    const frame = page.frames().find((each) => each.url().includes('8080--'))
    expect(
      await frame?.evaluate('performance.getEntriesByType("resource").map((each) => each.name).join()'),
    ).not.toContain('.codenest')
    await page.reload()
    await preview(page).getByRole('heading', { name: '/', exact: true }).waitFor()
    expect(await drawer.count()).toBe(0)
    const refused = tab.complaints.filter(
      (complaint) => !/It broke|Nobody caught it|Content Security Policy/.test(complaint),
    )
    expect(refused).toEqual([])
  })
})
