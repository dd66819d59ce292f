import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'

interface Journey {
  parameters?: Record<string, string>
  file: string
  before: string
  /** How a change of the file comes into the preview, as the template's own text says. */
  follows: 'by itself' | 'on reload' | 'on run'
}

/** Templates that need nothing but what the tests themselves need. */
const JOURNEYS: Record<string, Journey> = {
  'node-express': { file: 'src/app.ts', before: 'Hello from CodeNest', follows: 'by itself' },
  'react-vite': { file: 'src/app.tsx', before: 'My app', follows: 'by itself' },
  'static-site': { file: 'index.html', before: 'My site', follows: 'on reload' },
  'python-fastapi': {
    parameters: { server: 'standard-library' },
    file: 'main.py',
    before: 'Hello from Python',
    follows: 'on run',
  },
}

describe.skipIf(!(await hasChromium()))('in the preview', { timeout: 600_000 }, () => {
  let platform: TestPlatform
  let browser: Browser
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform(), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  it.each(Object.entries(JOURNEYS))(
    'an edit of %s is seen',
    async (template, { parameters, file, before, follows }) => {
      const source = { template, ...(parameters && { parameters }) }
      const { body } = await platform.api('POST', '/workspaces', { name: template, source })
      const id = body['id'] as string
      await platform.until(id, 'running')
      using runner = await openPage(platform, id)
      await using tab = await openTab(browser)
      const { page } = tab
      page.setDefaultTimeout(120_000)
      await giveSession(page, platform)
      await page.goto(`${platform.origin}/w/${id}`)
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      const heading = page.frameLocator('iframe[title=Preview]').getByRole('heading')
      await heading.filter({ hasText: before }).waitFor()

      const { content } = await runner.request('files.read', { path: file })
      await runner.save(file, content.replaceAll(before, 'Edited and seen'))
      if (follows === 'on reload') await page.getByRole('button', { name: 'Reload preview' }).click()
      if (follows === 'on run')
        await page
          .getByRole('button', { name: /Restart|Run/ })
          .first()
          .click()
      await heading.filter({ hasText: 'Edited and seen' }).waitFor()
      expect(tab.complaints).toEqual([])
    },
  )

  it('a template is found, filled in, looked at, and made', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(platform.origin)
    const cards = page.getByTestId('template-card')
    await page.getByLabel('Search templates').fill('sqlite')
    await expect.poll(() => cards.count()).toBe(1)
    await takeShots(page, 'templates-found')
    await cards.click()
    const file = page.getByLabel('Database file')
    expect(await file.count()).toBe(0)
    await page.getByLabel('Database', { exact: true }).selectOption('sqlite')
    await file.fill('Not a name')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText('This must match').waitFor()
    await file.fill('shop.sqlite')
    await page.getByLabel('Workspace name').fill('dry-run')
    await takeShots(page, 'template-form')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('button', { name: 'main.ts' }).click()
    await page.getByText('new Notes("shop.sqlite")').waitFor()
    await takeShots(page, 'template-preview')
    await page.setViewportSize({ width: 390, height: 844 })
    await takeShots(page, 'template-preview-narrow')
    await page.setViewportSize({ width: 1440, height: 900 })
    // Nothing was made by looking.
    expect((await platform.api('GET', '/workspaces/dry-run')).status).toBe(404)
    await page.getByRole('button', { name: 'Back' }).click()
    expect(await file.inputValue()).toBe('shop.sqlite')
    await page.getByRole('button', { name: 'Create workspace' }).click()
    await page.waitForURL('**/w/dry-run')
    await platform.until('dry-run', 'running')
    using runner = await openPage(platform, 'dry-run')
    const { content } = await runner.request('files.read', { path: 'src/main.ts' })
    expect(content).toContain('new Notes("shop.sqlite")')
    expect(tab.complaints).toEqual([])
  })
})
