import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskObjectStore } from '../src/store/disk-object-store.ts'
import { createBreakableStore } from './support/breakable-store.ts'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { takeShots } from './support/shots.ts'

describe.skipIf(!(await hasChromium()))('saves in the page', () => {
  let platform: TestPlatform
  let browser: Browser
  let store: ReturnType<typeof createBreakableStore>
  let folder: { path: string } & AsyncDisposable
  beforeAll(async () => {
    folder = await temporaryFolder()
    store = createBreakableStore(await DiskObjectStore.open(join(folder.path, 'store')))
    ;[platform, browser] = await Promise.all([
      startPlatform({ overrides: { store }, bare: true }),
      startBrowser(),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  async function open(page: Page): Promise<{ id: string; work: string; popover: Locator }> {
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    const id = String(body['id'])
    await platform.until(id, 'running')
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem').first().waitFor()
    const work = join(platform.dataDir, 'run', id, 'work')
    return { id, work, popover: page.getByRole('dialog', { name: 'Saves' }) }
  }

  const saved = (page: Page, state: string): Promise<void> =>
    page.locator(`[data-testid=save-status][data-state=${state}]`).waitFor()

  it('names every file that is not kept, and keeps ignored ones or not, at once', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    const { id, work, popover } = await open(page)
    await writeFile(join(work, 'video.bin'), '')
    await truncate(join(work, 'video.bin'), 101 * 1024 * 1024)
    await writeFile(join(work, '.gitignore'), '.env\n')
    await page.getByTestId('save-status').getByText('Saved · 1 file not kept').waitFor()
    await page.getByTestId('save-status').click()
    await popover.getByText('Saved, but for 1 file').waitFor()
    await popover.getByText('video.bin').waitFor()
    await popover.getByText('too large to keep: 101 MB, limit 100 MB').waitFor()
    await popover.getByText('What a stop does not keep').waitFor()

    await popover.getByRole('radio', { name: 'Leave them local' }).check()
    await popover.locator('fieldset:enabled').waitFor()
    expect((await platform.workspace(id)).settings).toMatchObject({ ignoredFiles: 'local' })
    using runner = await openPage(platform, id)
    const env = { path: '.env', baseVersion: null }
    await runner.request('saves.save', { ...env, saveId: 'a', content: 'SECRET=1\n' })
    await popover.getByText('git ignores it').waitFor()
    await takeShots(page, 'saves-not-kept')

    await popover.getByRole('radio', { name: 'Keep them' }).check()
    await popover.locator('fieldset:enabled').waitFor()
    await runner.save('.env', 'SECRET=2\n')
    await popover.getByText('git ignores it').waitFor({ state: 'detached' })
    const url = await platform.gitUrl(id)
    await stockGit(folder.path, 'init', '-q', 'clone')
    const clone = join(folder.path, 'clone')
    await stockGit(clone, 'fetch', '-q', url, '+refs/codenest/saves/*:refs/saves/*')
    const ref = await stockGit(clone, 'for-each-ref', '--format=%(refname)', 'refs/saves')
    expect(await stockGit(clone, 'show', `${ref}:.env`)).toBe('SECRET=2')
    // The keyboard gets out of it, and back to where it came from.
    await page.keyboard.press('Escape')
    await popover.waitFor({ state: 'detached' })
    await page.locator('[data-testid=save-status]:focus').waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('says what waits while the store is away', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    const { id, popover } = await open(page)
    using runner = await openPage(platform, id)
    await runner.save('note.txt', 'one\n')
    await saved(page, 'saved')
    store.broken = true
    const read = await runner.request('files.read', { path: 'note.txt' })
    const payload = { saveId: 'b', path: 'note.txt', content: 'two\n', baseVersion: read.version }
    await runner.request('saves.save', payload)
    await saved(page, 'failing')
    await page.getByTestId('save-status').click()
    await popover.getByText('Not yet durable').waitFor()
    await popover.getByText('Waiting for the remote').waitFor()
    await popover.getByText(/1 save, .* of at most 256 MB/).waitFor()
    await takeShots(page, 'saves-waiting')
    store.broken = false
    await popover.getByText('Everything is saved').waitFor()
    await popover.getByText('Waiting for the remote').waitFor({ state: 'detached' })
    await popover.getByText(/Last durable/).waitFor()
    expect(await page.getByTestId('save-status').textContent()).toBe('Saved')
  })
})
