import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Remotes } from '../src/git/remotes.ts'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { moveTemplate, writeTemplates } from './support/moving-templates.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { takeShots } from './support/shots.ts'

const MANIFEST = {
  title: 'Greeter',
  description: 'Greets.',
  parameters: { type: 'object', properties: { name: { type: 'string', default: 'World' } } },
  run: 'node src/main.js',
  ports: [3000],
}
const FILES = {
  'template.yaml': JSON.stringify(MANIFEST),
  'README.md': '# Greeter\n',
  'src/main.js.hbs': "const greeting = 'Hello, {{name}}'\nconsole.log(greeting)\n",
  'src/old.js': '// nobody needs this\n',
}

describe.skipIf(!(await hasChromium()))('an update from a template in a real Chromium', () => {
  const store = new MemoryObjectStore()
  const resources = new AsyncDisposableStack()
  let platform: TestPlatform
  let remotes: Remotes
  let browser: Browser
  beforeAll(async () => {
    const { path } = resources.use(await temporaryFolder())
    const templates = join(path, 'templates')
    await writeTemplates(templates, ['greeter'], FILES)
    const starting = startPlatform({ bare: true, overrides: { store, templates } })
    ;[platform, browser] = await Promise.all([starting, startBrowser()])
    resources.use(platform)
    resources.defer(() => browser.close())
    remotes = resources.use(await Remotes.open(store, join(path, 'cache')))
  })
  afterAll(() => resources[Symbol.asyncDispose]())

  it('is noticed, looked at, merged with a conflict, settled and taken home', async () => {
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'greeter' } })
    const id = String(body['id'])
    await platform.until(id, 'running')
    const work = join(platform.dataDir, 'run', id, 'work')
    const revision = await moveTemplate(remotes, 'greeter', {
      'template.yaml': JSON.stringify({
        ...MANIFEST,
        run: 'node src/main.js --loud',
        parameters: {
          type: 'object',
          properties: { ...MANIFEST.parameters.properties, city: { type: 'string', minLength: 2 } },
          required: ['city'],
        },
      }),
      'src/main.js.hbs': "const greeting = 'Good day, {{name}} in {{city}}'\nconsole.log(greeting)\n",
      'src/old.js': null,
      'docs/usage.md': '# Usage\n',
    })

    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem').first().waitFor()
    // Files that are open in the editor are where the merge takes place.
    await page.getByRole('treeitem', { name: 'src' }).click()
    await page.getByRole('treeitem', { name: 'main.js' }).click()
    await page.locator('.monaco-editor').first().waitFor()
    const notices = page.getByRole('region', { name: 'Notices' })
    await notices.getByText('The template Greeter has an update').waitFor()
    await writeFile(join(work, 'src/main.js'), "const greeting = 'Mine'\nconsole.log(greeting)\n")
    await page.getByTestId('changes-badge').getByText('1', { exact: true }).waitFor()
    await takeShots(page, 'update-told')
    // The notice goes by itself; source control goes on offering it.
    await page.getByRole('button', { name: 'Source control', exact: true }).click()
    const panel = page.getByRole('region', { name: 'Source control' })
    await panel.getByText('The template Greeter has an update.').waitFor()
    await takeShots(page, 'update-offered')
    await panel.getByRole('button', { name: 'Review' }).click()

    const dialog = page.getByRole('dialog', { name: 'Update from Greeter' })
    await dialog.getByText('The files that change show when all is answered.').waitFor()
    await dialog.getByRole('button', { name: 'Commit and update' }).click()
    await dialog.getByText('This is needed.').waitFor()
    await dialog.getByLabel('City').fill('Oslo')
    const files = dialog.getByRole('list', { name: 'Files that change' }).getByRole('listitem')
    await expect.poll(() => files.count()).toBe(3)
    const shown = await files.allTextContents()
    expect(shown.map((text) => /[a-z].*$/.exec(text)?.[0])).toEqual([
      'usage.mddocsA',
      'main.jssrcM',
      'old.jssrcD',
    ])
    await dialog.getByText('node src/main.js --loud (port 3000)').waitFor()
    await takeShots(page, 'update-dialog')
    await page.setViewportSize({ width: 390, height: 844 })
    await takeShots(page, 'update-dialog-narrow')
    await page.setViewportSize({ width: 1440, height: 900 })
    await dialog.getByRole('button', { name: 'Commit and update' }).click()

    await page.getByText('1 conflict left to settle below.').waitFor()
    const conflicts = page.getByRole('region', { name: 'Conflicts' })
    await conflicts.getByText('main.js').first().waitFor()
    await page.getByRole('contentinfo').getByRole('button', { name: 'update-from-template' }).waitFor()
    await takeShots(page, 'update-conflict')
    // Given up, it is as it was, and is offered again.
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('button', { name: 'Back to main' }).waitFor()
    await takeShots(page, 'update-given-up')
    await panel.getByRole('button', { name: 'Review' }).click()
    await dialog.getByLabel('City').fill('Oslo')
    await dialog.getByRole('button', { name: 'Update', exact: true }).click()
    await page.getByText('1 conflict left to settle below.').waitFor()
    await conflicts.getByRole('button', { name: 'Both' }).click()
    await conflicts.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Continue' }).click()

    const home = page.getByRole('button', { name: 'Merge into main' })
    await home.waitFor()
    await takeShots(page, 'update-merged')
    expect(await stockGit(work, 'log', '-1', '--format=%s', 'main')).toBe(
      'Before the update from template Greeter',
    )
    await home.click()
    await notices.getByText('main has the update').waitFor()
    await page.getByRole('contentinfo').getByRole('button', { name: 'main', exact: true }).waitFor()
    expect(await stockGit(work, 'branch', '--format=%(refname:short)')).toBe('main')
    const merged = await readFile(join(work, 'src/main.js'), 'utf8')
    expect([merged.includes("'Mine'"), merged.includes("'Good day, World in Oslo'")]).toEqual([true, true])
    await expect
      .poll(async () => (await platform.workspace(id)).source)
      .toEqual({ template: 'greeter', revision, parameters: { name: 'World', city: 'Oslo' } })
    await panel.getByText('The template Greeter has an update.').waitFor({ state: 'detached' })
    await takeShots(page, 'update-done')

    // Who asks is told that there is nothing to do.
    await page.keyboard.press('F1')
    await page.keyboard.type('Update from Its Template')
    await page.keyboard.press('Enter')
    await dialog
      .or(page.getByRole('dialog', { name: 'Update from greeter' }))
      .getByText('up to date')
      .waitFor()
    expect(tab.complaints).toEqual([])
  })
})
