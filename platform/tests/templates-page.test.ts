import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url))

interface Journey {
  file: string
  before: string
  /** How a change of the file comes into the preview, as the template's own text says. */
  follows: 'by itself' | 'on reload' | 'on run'
}

const JOURNEYS: Record<string, Journey> = {
  'node-express': { file: 'src/app.ts', before: 'Hello from CodeNest', follows: 'by itself' },
  'react-vite': { file: 'src/app.tsx', before: 'My app', follows: 'by itself' },
  'static-site': { file: 'index.html', before: 'My site', follows: 'on reload' },
  python: { file: 'main.py', before: 'Hello from Python', follows: 'on run' },
}

it('has a journey for every template', async () => {
  expect((await readdir(TEMPLATES)).sort()).toEqual(Object.keys(JOURNEYS).sort())
})

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

  it.each(Object.entries(JOURNEYS))('an edit of %s is seen', async (template, { file, before, follows }) => {
    const { body } = await platform.api('POST', '/workspaces', { name: template, source: { template } })
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
  })
})
