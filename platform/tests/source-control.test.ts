import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFile, writeFile } from 'node:fs/promises'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit } from './support/shell.ts'
import { startUpstream } from './support/upstream.ts'

const SHOTS = process.env['CODENEST_SHOTS']

describe.skipIf(!(await hasChromium()))('source control in a real Chromium', () => {
  let platform: TestPlatform
  let browser: Browser
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform({ bare: true }), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  async function createWorkspace(source: object = { template: 'static-site' }): Promise<string> {
    const { body } = await platform.api('POST', '/workspaces', { source })
    const id = String(body['id'])
    await platform.until(id, 'running')
    return id
  }

  async function openPanel(page: Page, id: string): Promise<void> {
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem').first().waitFor()
    await page.getByRole('button', { name: 'Source control', exact: true }).click()
  }

  it('stages one hunk, commits it, and git log has it', async () => {
    const id = await createWorkspace()
    await using tab = await openTab(browser)
    const { page } = tab
    await openPanel(page, id)
    const work = join(platform.dataDir, 'run', id, 'work')
    const before = await readFile(join(work, 'style.css'), 'utf8')
    const filler = Array.from({ length: 12 }, (_, n) => `/* ${n} */\n`).join('')

    // Two places, far enough apart to be two hunks.
    await writeFile(join(work, 'style.css'), before + filler)
    await page.getByTestId('changes-badge').getByText('1', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Commit all' }).click()
    await page.getByText('No changes since the last commit.').waitFor()
    expect(await stockGit(work, 'log', '-1', '--format=%s')).toBe('Update style.css')
    await writeFile(join(work, 'style.css'), `/* top */\n${before}${filler}/* bottom */\n`)
    await page.getByRole('button', { name: 'Parts of style.css' }).click()
    const hunks = page.getByRole('article')
    await hunks.nth(1).getByRole('button', { name: 'Stage' }).waitFor()
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'hunks.png') })
    await hunks.nth(1).getByRole('button', { name: 'Stage' }).click()
    await page
      .getByRole('region', { name: 'Staged' })
      .getByRole('button', { name: 'style.css' })
      .first()
      .waitFor()
    expect(await stockGit(work, 'diff', '--cached', '--numstat')).toBe('1\t0\tstyle.css')
    // The file stays unfolded, with what is left of it.
    await page.getByText('/* bottom */').waitFor({ state: 'detached' })
    expect(await hunks.count()).toBe(1)
    await page.getByRole('textbox', { name: 'Commit message' }).fill('Only the bottom')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'staged.png') })
    await page.keyboard.press('Control+Enter')
    await page.getByRole('region', { name: 'Staged' }).waitFor({ state: 'detached' })
    expect(await stockGit(work, 'log', '-1', '--format=%s')).toBe('Only the bottom')
    expect(await stockGit(work, 'diff', '--numstat')).toBe('1\t0\tstyle.css')

    // A branch from the status bar; git's files follow.
    await page.getByRole('contentinfo').getByRole('button', { name: 'main' }).click()
    await page.getByRole('textbox', { name: 'Find or name a branch' }).fill('feature')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'branches.png') })
    await page.keyboard.press('Enter')
    await page.getByRole('contentinfo').getByRole('button', { name: 'feature' }).waitFor()
    expect(await stockGit(work, 'branch', '--show-current')).toBe('feature')

    // What cannot be done is said with the way out.
    await page.getByRole('button', { name: /^Push/ }).click()
    await page.getByRole('alert').getByText('no upstream').waitFor()
    if (SHOTS) {
      await page.screenshot({ path: join(SHOTS, 'trouble.png') })
      await page.emulateMedia({ colorScheme: 'light' })
      await page.screenshot({ path: join(SHOTS, 'light.png') })
    }
    expect(tab.complaints).toEqual([])
  })

  it('settles the conflicts of a merge, one side or the other, and continues', async () => {
    const id = await createWorkspace()
    const work = join(platform.dataDir, 'run', id, 'work')
    const git = (...args: string[]): Promise<string> => stockGit(work, ...args)
    const write = (name: string, text: string): Promise<void> => writeFile(join(work, name), text)
    const FILES = ['ours.txt', 'theirs.txt', 'both.txt', 'edited.txt', 'gone.txt']
    for (const name of FILES) await write(name, 'base\n')
    await git('add', '.')
    await git('commit', '-qm', 'Base')
    await git('checkout', '-qb', 'other')
    for (const name of FILES) await write(name, 'there\n')
    await git('commit', '-qam', 'There')
    await git('checkout', '-q', 'main')
    for (const name of FILES) await write(name, 'here\n')
    await git('rm', '-qf', 'gone.txt')
    await git('commit', '-qam', 'Here')
    await expect(git('merge', 'other')).rejects.toThrow('git merge other')

    await using tab = await openTab(browser)
    const { page } = tab
    await openPanel(page, id)
    const conflicts = page.getByRole('region', { name: 'Conflicts' })
    await page.getByText('A merge is under way.').waitFor()
    await page.getByText('5 conflicts left to settle below.').waitFor()
    expect(await page.getByRole('button', { name: 'Continue' }).isDisabled()).toBe(true)
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'conflicts.png') })
    const settle = async (name: string, choice: string): Promise<void> => {
      await page
        .getByRole('group', { name: `Settle ${name}` })
        .getByRole('button', { name: choice })
        .click()
      await conflicts.locator(`[data-path="${name}"]`).waitFor({ state: 'detached' })
    }
    // What still has markers in it is not taken as settled.
    await page
      .getByRole('group', { name: 'Settle edited.txt' })
      .getByRole('button', { name: 'As is' })
      .click()
    await page.getByRole('alert').getByText('still has conflict markers').waitFor()
    await settle('ours.txt', 'Ours')
    await settle('theirs.txt', 'Theirs')
    await settle('both.txt', 'Both')
    await settle('gone.txt', 'Keep it')
    await write('edited.txt', 'by hand\n')
    await settle('edited.txt', 'As is')
    await page.getByText('Nothing is left to settle').waitFor()
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'settled.png') })
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('The merge is done').waitFor()
    const texts = FILES.map((name) => readFile(join(work, name), 'utf8'))
    expect(await Promise.all(texts)).toEqual(['here\n', 'there\n', 'here\nthere\n', 'by hand\n', 'there\n'])
    expect(await git('log', '-1', '--format=%P')).toBe(
      `${await git('rev-parse', 'HEAD^1')} ${await git('rev-parse', 'other')}`,
    )
    expect(await git('status', '--porcelain')).toBe('')

    // And back: a rebase is given up, everything is as it was.
    await git('checkout', '-qb', 'side', 'HEAD~1')
    await write('ours.txt', 'third\n')
    await git('commit', '-qam', 'Third')
    const before = await git('rev-parse', 'HEAD')
    await expect(git('rebase', 'other')).rejects.toThrow('git rebase other')
    await page.getByText('A rebase is under way.').waitFor()
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByText('everything is as it was before').waitFor()
    expect(await git('rev-parse', 'HEAD')).toBe(before)
    expect(tab.complaints).toEqual([])
  })

  it('takes back what was discarded', async () => {
    const id = await createWorkspace()
    const work = join(platform.dataDir, 'run', id, 'work')
    await writeFile(join(work, 'README.md'), 'worth keeping\n')
    await writeFile(join(work, 'new.txt'), 'also\n')
    await using tab = await openTab(browser)
    const { page } = tab
    await openPanel(page, id)
    const row = (name: string): Locator =>
      page.getByRole('region', { name: 'Changes' }).locator(`[data-path="${name}"]`)
    for (const name of ['README.md', 'new.txt']) {
      await row(name).hover()
      await page.getByRole('button', { name: `Discard changes of ${name}` }).click()
      await row(name).waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Undo' }).last().click()
      await row(name).waitFor()
    }
    expect(await readFile(join(work, 'README.md'), 'utf8')).toBe('worth keeping\n')
    expect(await readFile(join(work, 'new.txt'), 'utf8')).toBe('also\n')
    expect(tab.complaints).toEqual([])
  })

  it('asks who one is when the upstream wants to know, and pushes with that', async () => {
    await using upstream = await startUpstream({ pushPassword: 'sesame' })
    const id = await createWorkspace({ repository: upstream.url })
    const work = join(platform.dataDir, 'run', id, 'work')
    await writeFile(join(work, 'README.md'), 'mine\n')
    await using tab = await openTab(browser)
    const { page } = tab
    await openPanel(page, id)
    await page.getByRole('textbox', { name: 'Commit message' }).fill('A readme')
    await page.getByRole('button', { name: 'Commit all' }).click()
    await page.getByRole('button', { name: 'Push 1 commit' }).click()
    await page.getByRole('alert').getByText('it wants to know who you are').waitFor()
    const token = page.getByRole('textbox', { name: 'Token or password' })
    await token.fill('wrong')
    await page.getByRole('textbox', { name: 'User name' }).fill('ann')
    await page.keyboard.press('Enter')
    await page.getByText('The upstream did not take that name and token').waitFor()
    expect(await page.getByRole('textbox', { name: 'User name' }).inputValue()).toBe('ann')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'token.png') })
    await token.fill('sesame')
    await page.getByRole('button', { name: 'Try again with it' }).click()
    await page.getByRole('button', { name: 'Push', exact: true }).waitFor()
    await token.waitFor({ state: 'detached' })
    expect(await stockGit(upstream.repository, 'log', '-1', '--format=%s', 'trunk')).toBe('A readme')
    // Nothing of it is left behind.
    const secrets = ['-rIl', 'sesame', '--', join(platform.dataDir, 'run', id)]
    await expect(stockGit(work, 'grep', '--no-index', ...secrets)).rejects.toThrow()
    expect(tab.complaints).toEqual([])
  })
})
