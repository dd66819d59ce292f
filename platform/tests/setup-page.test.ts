import type { SetupStatus } from '@codenest/runner/protocol'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Workspace } from '../src/protocol.ts'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

const SIZE = { cols: 200, rows: 30 }
const DEVCONTAINER = `{
  // As GitHub's templates write it.
  "image": "mcr.microsoft.com/devcontainers/typescript-node:22",
  "features": { "ghcr.io/devcontainers/features/docker-in-docker:2": {} },
  "onCreateCommand": "echo created >> setup.log",
  "postCreateCommand": {
    "marker": "printf 'env <<%s>>\\\\n' \\"$SHOP_MODE\\" >> setup.log",
    "words": ["sh", "-c", "echo 'all words' > words.log"],
  },
  "postStartCommand": "echo started >> starts.log; echo The shop is prepared",
  "portsAttributes": { "4321": { "label": "Shop" } },
  "containerEnv": { "SHOP_MODE": "demo", "SHOP_DIR": "\${containerWorkspaceFolder}/shop" },
}
`

let platform: TestPlatform
let upstream: Upstream
let browser: Browser | undefined
beforeAll(async () => {
  const more = { '.devcontainer/devcontainer.json': DEVCONTAINER }
  ;[platform, upstream, browser] = await Promise.all([
    startPlatform(),
    startUpstream({ files: 4, more }),
    (await hasChromium()) ? startBrowser() : undefined,
  ])
})
afterAll(async () => {
  await browser?.close()
  await platform?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

async function open(): Promise<Workspace> {
  const { body } = await platform.api('POST', '/workspaces', { source: { repository: upstream.url } })
  return platform.until((body as { id: string }).id, 'running')
}

function allow(id: string, digest: string | null, allowed = true): ReturnType<TestPlatform['api']> {
  const commands = { digest, allowed }
  return platform.api(
    'PATCH',
    `/workspaces/${id}/trust`,
    allowed ? { trusted: true, commands } : { commands },
  )
}

async function content(page: TestPage, path: string): Promise<string | null> {
  const entries = await page.request('files.list', { path: '' })
  if (!entries.some(({ name }) => name === path)) return null
  return (await page.request('files.read', { path })).content
}

/** Starts it and waits for its end. */
async function setUp(page: TestPage, again = false): Promise<SetupStatus> {
  const ended = page.event('setup.changed', ({ state }) => state === 'done' || state === 'failed')
  await page.request('setup.start', { ...SIZE, again })
  return ended
}

describe('what a repository brings', () => {
  it('waits until its owner has trusted exactly this; then it runs once, and is asked for when it changes', async () => {
    const { id, commands, ports } = await open()
    expect([commands, ports]).toEqual([null, [4321]])
    using page = await openPage(platform, id)
    const { digest, trusted, state, settings } = page.hello.setup
    expect([trusted, state, page.hello.run.held]).toEqual([false, 'waiting', true])
    expect(settings.notSupported.map(({ key }) => key)).toEqual(['features'])
    expect(await page.refusal('setup.start', { ...SIZE, again: false })).toBe('not_trusted')
    expect(await page.refusal('run.start', SIZE)).toBe('not_trusted')
    // Trust in the whole is no word on commands that nobody has seen.
    await platform.api('PATCH', `/workspaces/${id}/trust`, { trusted: true })
    expect(await page.refusal('setup.start', { ...SIZE, again: false })).toBe('not_trusted')
    await allow(id, 'f'.repeat(64))
    expect(await page.refusal('setup.start', { ...SIZE, again: false })).toBe('not_trusted')
    expect(await content(page, 'setup.log')).toBe(null)

    const told = await allow(id, digest)
    expect(told.body['commands']).toEqual({ digest, allowed: true })
    expect(await setUp(page)).toMatchObject({ state: 'done', exitCode: 0 })
    expect(await content(page, 'setup.log')).toBe('created\nenv <<demo>>\n')
    expect(await content(page, 'words.log')).toBe('all words\n')
    // Once per disk what creates, each time what starts.
    await setUp(page)
    expect(await content(page, 'setup.log')).toBe('created\nenv <<demo>>\n')
    expect(await content(page, 'starts.log')).toBe('started\nstarted\n')

    const changed = page.event('setup.changed', (setup) => setup.digest !== digest)
    await page.save('.codenest.yaml', 'run: npm run dev\nports: [4321]\npostCreate: exit 3\n')
    const next = await changed
    expect(next.trusted).toBe(false)
    expect(await page.refusal('setup.start', { ...SIZE, again: false })).toBe('not_trusted')
    await allow(id, next.digest)
    expect(await setUp(page)).toMatchObject({ state: 'failed', exitCode: 3 })
    await platform.api('PATCH', `/workspaces/${id}/trust`, { trusted: false })
    const { body } = await platform.api('GET', `/workspaces/${id}`)
    expect([body['trusted'], body['commands']]).toEqual([false, null])
  })

  it.each([
    ['nothing', {}],
    ['a digest that is none', { commands: { digest: 'any', allowed: true } }],
    ['commands without trust', { trusted: false, commands: { digest: '0'.repeat(64), allowed: true } }],
  ])('is not trusted by %s', async (_, change) => {
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    const { status } = await platform.api('PATCH', `/workspaces/${String(body['id'])}/trust`, change)
    expect(status).toBe(400)
  })
})

describe.skipIf(!(await hasChromium()))('in the page', () => {
  it('is shown before it runs, put off, trusted, run in its own terminal, and names its port', async () => {
    const { id } = await open()
    if (!browser) throw new Error('There is no browser.')
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    const dialog = page.getByRole('dialog', { name: 'Trust this repository?' })
    await dialog.getByText('echo created >> setup.log').waitFor()
    const shown = (await page.getByTestId('repository-settings').textContent()) ?? ''
    for (const part of ['SHOP_MODE=demo', 'npm run dev', '4321 (Shop)', 'typescript-node', 'features'])
      expect(shown).toContain(part)
    await takeShots(page, 'trust-dialog')
    await dialog.getByRole('button', { name: 'Not now' }).click()
    await dialog.waitFor({ state: 'hidden' })

    // It was put off for good: another look asks nobody.
    await page.reload()
    await page.getByRole('button', { name: 'Not trusted' }).click()
    await dialog.getByRole('button', { name: 'Trust and run' }).click()
    const terminal = page.locator('[data-testid=terminal][data-name="Setting up"]')
    await terminal.getByText('The shop is prepared').first().waitFor()
    await takeShots(page, 'setting-up')
    await page.getByRole('button', { name: 'How Setting up ended: code 0' }).waitFor()

    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.frameLocator('iframe[title=Preview]').getByText('upstream page').waitFor()
    await page.getByRole('button', { name: 'Ports' }).first().click()
    await page.locator('[data-testid=port][data-port="4321"]').getByText('Shop').waitFor()
    await takeShots(page, 'port-label')
    expect(await page.getByText('It was not decided').count()).toBe(0)
    expect(tab.complaints).toEqual([])
  })
})
