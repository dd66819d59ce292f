import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBash } from './support/bash.ts'
import { openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { takeShots } from './support/shots.ts'

/** Minutes; of a second each. */
const SOON = { stopAfter: 1 / 60, closedAfter: 1 / 60, keepUntil: null }

describe('a workspace that nobody uses', () => {
  let platform: TestPlatform
  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(() => platform?.[Symbol.asyncDispose]())

  const start = async (name: string): Promise<string> => {
    const source = { template: 'static-site' }
    const { body } = await platform.api('POST', '/workspaces', { name, source })
    await platform.until(body['id'] as string, 'running')
    return body['id'] as string
  }

  it('is declared to be stopped, with everything saved', async () => {
    const id = await start('forgotten')
    const page = await openPage(platform, id)
    const bash = await openBash(page)
    await page.request('idle.focus', { focused: true })
    await page.request('idle.configure', SOON)
    await bash.run('echo remember > note.txt')
    const left = new Promise((resolve) => page.socket.once('disconnect', resolve))
    await page.request('idle.focus', { focused: false })
    await left
    await platform.until(id, 'stopped')
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
    const fleet = `${folder.path}/fleet`
    expect(await stockGit(fleet, 'log', '-1', '--format=%s')).toBe(`Stop workspace ${id}: nobody uses it`)
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    using again = await openPage(platform, id)
    expect(await again.request('files.read', { path: 'note.txt' })).toMatchObject({ content: 'remember\n' })
  })

  it('goes on for a page that is looked at, and for a busy program', async () => {
    const id = await start('busy')
    using page = await openPage(platform, id)
    const idle = page.event('idle.changed', ({ keptBy }) => keptBy.includes('page'))
    await page.request('idle.focus', { focused: true })
    expect(await idle).toMatchObject({ stopsAt: null })
    const unseen = page.event('idle.changed', ({ keptBy }) => keptBy.length === 0)
    await page.request('idle.focus', { focused: false })
    expect((await unseen).stopsAt).toBeGreaterThan(Date.now() + 29 * 60_000)
  })

  it('has settings, which are declared in the fleet and hold from the next start', async () => {
    const id = await start('settled')
    const idle = { stopAfter: 45, closedAfter: 15, keepUntil: Date.now() + 3_600_000 }
    const changed = await platform.api('PATCH', `/workspaces/${id}/settings`, { idle })
    expect(changed).toMatchObject({ status: 200, body: { settings: { idle, ignoredFiles: 'keep' } } })
    for (const wrong of [{ ...idle, stopAfter: 0 }, { ...idle, closedAfter: 1.5 }, { stopAfter: 5 }])
      expect((await platform.api('PATCH', `/workspaces/${id}/settings`, { idle: wrong })).status).toBe(400)
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    using page = await openPage(platform, id)
    expect(page.hello.idle).toMatchObject({ settings: idle, keptBy: ['until'] })
    expect(page.hello.idle.stopsAt).toBeCloseTo(idle.keepUntil, -2)
  })

  it('is not stopped by anybody else’s word', async () => {
    const ask = (token: string): Promise<Response> =>
      fetch(`${platform.address}/runner/v1/idle`, { method: 'POST', headers: { authorization: token } })
    expect((await ask('Bearer nonsense')).status).toBe(401)
    expect((await ask('')).status).toBe(401)
  })
})

describe.skipIf(!(await hasChromium()))('the page of a workspace that is about to stop', () => {
  it('says what keeps it, warns, and keeps it for longer', async () => {
    await using platform = await startPlatform()
    await using browser = await startBrowser()
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(platform.launchUrl())
    const source = { template: 'static-site' }
    const { body } = await platform.api('POST', '/workspaces', { name: 'watched', source })
    const id = body['id'] as string
    await page.goto(`${platform.origin}/w/${id}`)
    const status = page.getByTestId('idle-status')
    await status.getByText('In use').waitFor()
    await status.click()
    await page.getByRole('dialog', { name: 'When the workspace stops' }).waitFor()
    await takeShots(page, 'idle')
    await page.getByLabel('without activity for').selectOption('60')
    await page.keyboard.press('Escape')
    const stopAfter = async () => (await platform.workspace(id)).settings.idle.stopAfter
    await expect.poll(stopAfter).toBe(60)

    // Another page of it, which is not in view, would let it stop in a minute.
    using other = await openPage(platform, id)
    await page.evaluate("document.hasFocus = () => false; window.dispatchEvent(new Event('blur'))")
    await status.getByText('Stops in').waitFor()
    await other.request('idle.configure', { stopAfter: 1.5, closedAfter: 1, keepUntil: null })
    await page.getByText('This workspace is about to stop').waitFor()
    await takeShots(page, 'idle-warning')
    await page.getByRole('button', { name: 'Keep it for an hour' }).click()
    await status.getByText('Until').waitFor()
    await page.getByText('This workspace is about to stop').waitFor({ state: 'detached' })
    const keepUntil = async () => (await platform.workspace(id)).settings.idle.keepUntil
    await expect.poll(keepUntil).toBeGreaterThan(Date.now() + 3_500_000)
    expect(tab.complaints).toEqual([])
  })
})
