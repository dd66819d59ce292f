import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskObjectStore } from '../src/store/disk-object-store.ts'
import { createBreakableStore } from './support/breakable-store.ts'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { startUpstream } from './support/upstream.ts'

const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url))
/** `CODENEST_TAKE_PICTURES=true npm test -- journey` renews the README's pictures. */
const TAKE_PICTURES = process.env['CODENEST_TAKE_PICTURES'] === 'true'

interface Journey {
  /** From the dashboard to the workspace's page. */
  create: (page: Page) => Promise<void>
  file: string
  /** What the file says, and the preview's heading: before and after. */
  before: string
  after: string
  /** Its command is the repository's own: it is trusted first. */
  asked?: boolean
  /** What the app says in its terminal when it is there. */
  started: string
  pictures: boolean
}

describe.skipIf(!(await hasChromium()))('in a real Chromium', { timeout: 600_000 }, () => {
  let platform: TestPlatform
  let browser: Browser
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([
      startPlatform({ env: { CODENEST_SPARE_RUNNER: 'true' } }),
      startBrowser(),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  it('a template becomes a running app, and every save survives', () =>
    travel(platform, browser, {
      create: async (page) => {
        await page.getByTestId('template-card').filter({ hasText: 'Express' }).click()
        await page.getByRole('button', { name: 'Create workspace' }).click()
      },
      file: 'src/app.ts',
      before: 'Hello from CodeNest',
      after: 'Edited in the page',
      started: 'Listening on',
      pictures: TAKE_PICTURES,
    }))

  it('says "Not yet durable" while the store is away, and recovers', () => whileStoreIsAway(browser))

  it('so does a repository, opened by its address', async () => {
    await using upstream = await startUpstream()
    await travel(platform, browser, {
      create: async (page) => {
        await page.getByLabel('Repository address').fill(upstream.url)
        await page.getByRole('button', { name: 'Open repository' }).click()
      },
      file: 'page.mjs',
      before: 'upstream page',
      after: 'my own page',
      started: 'listening',
      asked: true,
      pictures: false,
    })
  })
})

async function whileStoreIsAway(browser: Browser): Promise<void> {
  await using folder = await temporaryFolder()
  const store = createBreakableStore(await DiskObjectStore.open(join(folder.path, 'store')))
  await using platform = await startPlatform({ overrides: { store } })
  const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
  const { id } = body as { id: string }
  await platform.until(id, 'running')
  await using tab = await openTab(browser)
  const { page } = tab
  const saved = (state: string): Promise<void> =>
    page.locator(`[data-testid=save-status][data-state=${state}]`).waitFor()
  await giveSession(page, platform)
  await page.goto(`${platform.origin}/w/${id}`)
  await openFile(page, 'style.css')
  await saved('saved')
  store.broken = true
  await replaceAll(page, 'margin: 0;', 'margin: 42px;')
  await page.keyboard.press('Control+s')
  await saved('failing')
  expect(await page.getByTestId('save-status').textContent()).toMatch(/Not yet durable/)
  // The editor goes on meanwhile, and nothing that waits gets lost.
  await replaceAll(page, '42px', '43px')
  await page.keyboard.press('Control+s')
  store.broken = false
  await saved('saved')
  await stockGit(folder.path, 'init', '-q', 'clone')
  const clone = join(folder.path, 'clone')
  await stockGit(clone, 'fetch', '-q', await platform.gitUrl(id), '+refs/codenest/saves/*:refs/saves/*')
  const save = await stockGit(clone, 'for-each-ref', '--format=%(refname)', 'refs/saves')
  expect(await stockGit(clone, 'show', `${save}:style.css`)).toContain('margin: 43px;')
}

async function travel(platform: TestPlatform, browser: Browser, journey: Journey): Promise<void> {
  await using tab = await openTab(browser, { reducedMotion: 'no-preference' })
  await using folder = await temporaryFolder()
  const { page } = tab
  const saveStatus = page.getByTestId('save-status')
  const picture = async (name: string): Promise<void> => {
    if (journey.pictures) await page.screenshot({ path: join(IMAGES, `${name}.png`) })
  }

  await page.goto(platform.launchUrl())
  await page.getByTestId('template-card').first().waitFor()
  await picture('dashboard')
  await journey.create(page)
  await page.waitForURL(/\/w\//)
  const id = new URL(page.url()).pathname.split('/')[2] ?? ''

  // Edit and save.
  await openFile(page, journey.file)
  await stockGit(folder.path, 'clone', '-q', await platform.gitUrl(id), 'clone')
  const clone = join(folder.path, 'clone')
  const original = `${await stockGit(clone, 'show', `HEAD:${journey.file}`)}\n`
  const edited = original.replaceAll(journey.before, journey.after)
  expect(edited).not.toBe(original)
  await replaceAll(page, journey.before, journey.after)
  await page.locator('[data-testid=save-status][data-state=unsaved]').waitFor()
  await page.keyboard.press('Control+s')
  await page.locator('[data-testid=save-status][data-state=saved]').waitFor()
  expect(await saveStatus.textContent()).toBe('Saved')

  // A stock client sees the bytes, and the branch has not moved.
  const url = await platform.gitUrl(id)
  expect(await stockGit(clone, 'ls-remote', url, 'HEAD')).toContain(
    await stockGit(clone, 'rev-parse', 'HEAD'),
  )
  await stockGit(clone, 'fetch', '-q', url, '+refs/codenest/saves/*:refs/saves/*')
  const save = await stockGit(clone, 'for-each-ref', '--format=%(refname)', 'refs/saves')
  expect(`${await stockGit(clone, 'show', `${save}:${journey.file}`)}\n`).toBe(edited)

  // Run, and look at it.
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  if (journey.asked) await page.getByRole('button', { name: 'Trust and run' }).click()
  const heading = page.frameLocator('iframe[title=Preview]').getByRole('heading')
  await heading.waitFor()
  expect(await heading.textContent()).toBe(journey.after)
  const terminal = page.locator('[data-testid=terminal][data-name=Run]')
  await terminal.getByText(journey.started).first().waitFor()
  await picture('workspace')

  // The terminal is the workspace's, not the page's.
  await page.reload()
  await terminal.getByText(journey.started).first().waitFor()
  await heading.waitFor()

  // Stop: nothing is left but the remote. Start: everything is back.
  await page.goto(platform.origin)
  const card = page.locator(`[data-workspace=${id}]`)
  await card.getByRole('button', { name: 'Stop' }).click()
  await page.locator(`[data-workspace=${id}][data-state=stopped]`).waitFor()
  await expect(access(join(platform.dataDir, 'run', id))).rejects.toThrow(/ENOENT/)
  await card.getByRole('link', { name: 'Open' }).click()
  await openFile(page, journey.file)
  const editor = page.getByTestId('editor')
  await editor.getByText(journey.after).first().waitFor()
  await page.getByTestId('save-status').getByText('Saved', { exact: true }).waitFor()
  const work = join(platform.dataDir, 'run', id, 'work')
  expect(await stockGit(work, 'status', '--porcelain', '--', journey.file)).toBe(` M ${journey.file}`)
  expect(tab.complaints).toEqual([])
}

/** By quick open: Ctrl+P, the path, Enter. */
async function openFile(page: Page, path: string): Promise<void> {
  await page.getByRole('treeitem').first().waitFor()
  await page.keyboard.press('Control+p')
  await page.getByRole('combobox').fill(path)
  await page
    .getByRole('option', { name: path.split('/').pop() })
    .first()
    .waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('tab', { name: path.split('/').pop() }).waitFor()
  await page.locator('.monaco-editor .view-line').first().waitFor()
}

/** By the editor's own find and replace. */
async function replaceAll(page: Page, before: string, after: string): Promise<void> {
  await page.locator('.monaco-editor .view-lines').click()
  await page.keyboard.press('Control+h')
  await page.getByRole('textbox', { name: 'Find' }).fill(before)
  await page.getByRole('textbox', { name: 'Replace' }).fill(after)
  await page.getByRole('textbox', { name: 'Replace' }).press('Control+Alt+Enter')
  await page.keyboard.press('Escape')
}
