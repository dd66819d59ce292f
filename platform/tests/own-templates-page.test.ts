import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

const MANIFEST = `title: Corner shop
description: A shop with a till, by somebody else
tags: [shop]
parameters:
  type: object
  properties:
    street: { type: string, title: Street, default: main }
    lamps: { type: boolean, title: Street lamps, default: true }
run: 'echo "open on {{street}}"'
`

describe.skipIf(!(await hasChromium()))('in the page', () => {
  let platform: TestPlatform
  let browser: Browser
  let shop: Upstream
  let plain: Upstream
  beforeAll(async () => {
    const more = {
      'template.yaml': MANIFEST,
      'sign.txt.hbs': 'On {{street}} street\n',
      '.codenest.yaml': 'ports: [4321]\n',
    }
    ;[platform, browser, shop, plain] = await Promise.all([
      startPlatform(),
      startBrowser(),
      startUpstream({ files: 2, at: 'somebody/shop.git', more }),
      startUpstream({ files: 2, at: 'somebody/plain.git', password: 'right' }),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all([platform, shop, plain].map((one) => one?.[Symbol.asyncDispose]()))
  })

  it('a workspace becomes a template, and a new workspace begins as it is', async () => {
    const source = { template: 'static-site' }
    await platform.api('POST', '/workspaces', { name: 'model', source })
    await platform.until('model', 'running')
    {
      using runner = await openPage(platform, 'model')
      await runner.save('mine.txt', 'what I begin with')
      // A sweep that ends just then is not yet the save.
      const isSaved = async (): Promise<boolean> => {
        const { body } = await platform.api('GET', '/workspaces/model/history?path=mine.txt')
        return (body['entries'] as unknown[]).length > 0
      }
      await vi.waitUntil(isSaved, { timeout: 60_000 })
    }
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(platform.origin)
    await page.getByRole('button', { name: 'My templates' }).click()
    await page.getByText('You have no template of your own yet').waitFor()
    await takeShots(page, 'own-templates-none')
    await page.getByRole('button', { name: 'Actions of model' }).click()
    await page.getByRole('menuitem', { name: 'Use as template…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Make the template' }).click()
    await dialog.getByText('Say what it is for').waitFor()
    await dialog.getByLabel('Title').fill('My beginning')
    await dialog.getByLabel('Description').fill('Everything that I always need')
    await takeShots(page, 'own-templates-make')
    await dialog.getByRole('button', { name: 'Make the template' }).click()
    await page.getByRole('button', { name: 'Show it' }).click()
    const card = page.getByTestId('template-card').filter({ hasText: 'My beginning' })
    await card.waitFor()
    expect(await page.getByTestId('template-card').count()).toBe(1)
    await page.getByRole('button', { name: 'Actions of My beginning' }).click()
    await takeShots(page, 'own-templates-menu')
    await page.getByRole('menuitem', { name: 'Update from model' }).click()
    await page.getByText('My beginning is up to date').waitFor()
    await card.click()
    await dialog.getByLabel('Workspace name').fill('from-mine')
    await dialog.getByRole('button', { name: 'Preview' }).click()
    await dialog.getByRole('button', { name: 'mine.txt' }).click()
    await dialog.getByText('what I begin with').waitFor()
    await dialog.getByRole('button', { name: 'Create workspace' }).click()
    await page.waitForURL('**/w/from-mine')
    const made = await platform.until('from-mine', 'running')
    expect(made).toMatchObject({ trusted: true, source: { template: 'my-model' } })
    using runner = await openPage(platform, 'from-mine')
    expect((await runner.request('files.read', { path: 'mine.txt' })).content).toBe('what I begin with')

    // The same from within, by the palette.
    await page.getByRole('contentinfo', { name: 'Status' }).waitFor()
    await page.keyboard.press('F1')
    await page.getByRole('combobox').fill('>use as template')
    await page.getByRole('option', { name: /Use as Template/ }).waitFor()
    await page.keyboard.press('Enter')
    await dialog.getByLabel('Description').fill('The second one')
    await dialog.getByRole('button', { name: 'Make the template' }).click()
    await page.getByRole('button', { name: 'Show it' }).click()
    await page.waitForURL('**/?templates=mine')
    await page.getByTestId('template-card').filter({ hasText: 'From mine' }).waitFor()
    await page.getByRole('button', { name: 'Actions of From mine' }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await dialog.getByText('Workspaces that were made from it stay').waitFor()
    await takeShots(page, 'own-templates-delete')
    await dialog.getByRole('button', { name: 'Delete template' }).click()
    await expect.poll(() => page.getByTestId('template-card').count()).toBe(1)
    expect(tab.complaints).toEqual([])
  })

  it('a template is added by its address, a plain repository is not, and what it runs waits for trust', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/?templates=mine`)
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Add by URL' }).click()
    const address = dialog.getByLabel('Address')
    await address.fill('ext::sh -c id')
    await dialog.getByRole('button', { name: 'Add template' }).click()
    await dialog.getByText(/https URL/).waitFor()
    // It asks who one is, and then it turns out to be none.
    await address.fill(plain.url)
    await dialog.getByRole('button', { name: 'Add template' }).click()
    const who = page.getByRole('dialog', { name: /Who are you/ })
    await who.getByLabel('Token').fill('right')
    await who.getByRole('button', { name: 'Add template' }).click()
    await dialog.getByText('has no template.yaml at its root').waitFor()
    await takeShots(page, 'own-templates-plain')
    const open = dialog.getByRole('button', { name: 'Open as a repository' })
    expect(await open.isEnabled()).toBe(true)
    await address.fill(shop.url)
    expect(await open.count()).toBe(0)
    await takeShots(page, 'own-templates-add')
    await dialog.getByRole('button', { name: 'Add template' }).click()
    // Its form comes at once.
    await dialog.getByLabel('Street', { exact: true }).fill('elm')
    await dialog.getByText('It is not trusted yet').waitFor()
    await takeShots(page, 'own-templates-form')
    // However little of the form is seen, what it ends with is in reach.
    await page.setViewportSize({ width: 1440, height: 400 })
    const button = dialog.getByRole('button', { name: 'Create workspace' })
    const box = await button.boundingBox()
    expect((box?.y ?? 999) + (box?.height ?? 0)).toBeLessThan(400)
    await takeShots(page, 'own-templates-form-low')
    await page.setViewportSize({ width: 1440, height: 900 })
    await dialog.getByLabel('Workspace name').fill('elm-shop')
    await dialog.getByRole('button', { name: 'Create workspace' }).click()
    await page.waitForURL('**/w/elm-shop')
    await platform.until('elm-shop', 'running')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await dialog.getByText('Trust this repository?').waitFor()
    await dialog.getByText('echo "open on elm"').waitFor()
    await takeShots(page, 'own-templates-trust')
    await dialog.getByRole('button', { name: 'Trust and run' }).click()
    await expect.poll(async () => (await platform.workspace('elm-shop')).trusted).toBe(true)

    await page.goto(`${platform.origin}/?templates=mine`)
    const card = page.getByTestId('template-card').filter({ hasText: 'Corner shop' })
    await card.getByText('somebody/shop, fetched just now').waitFor()
    await takeShots(page, 'own-templates-mine')
    await page.setViewportSize({ width: 390, height: 844 })
    await takeShots(page, 'own-templates-narrow')
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.getByRole('button', { name: 'Actions of Corner shop' }).click()
    await page.getByRole('menuitem', { name: 'Fetch again' }).click()
    await page.getByText('Corner shop is up to date').waitFor()
    // The browser's own word on what was refused: once for who asks, once for what it is.
    expect(tab.complaints.filter((text) => !text.includes('status of 422'))).toEqual([])
  })
})
