import { spawnSync } from 'node:child_process'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'

/** Milliseconds for a key or a scroll: only work on every file of the folder would take longer on any machine. */
const BUDGET = 250
/** Rows that fit into the tree, and some. */
const VISIBLE = 100

describe.skipIf(!(await hasChromium()))('many files', { timeout: 600_000 }, () => {
  let platform: TestPlatform
  let browser: Browser
  let work: string
  let id: string
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform({ bare: true }), startBrowser()])
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    id = String(body['id'])
    await platform.until(id, 'running')
    work = join(platform.dataDir, 'run', id, 'work')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const row = (page: Page, name: string) => page.getByRole('treeitem', { name, exact: true })
  function shell(script: string): void {
    const { status, stderr } = spawnSync('bash', ['-c', `set -e; ${script}`], { cwd: work, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }
  async function open(page: Page): Promise<void> {
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await row(page, 'index.html').waitFor()
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

  it('quick open answers each key among 20,000 files, and learns what changes', async ({ annotate }) => {
    // What the runner does with them is not what is measured: they are saved first.
    using other = await openPage(platform, id)
    const saved = other.event(
      'saves.changed',
      ({ state, commit }) => state === 'durable' && commit !== other.hello.saves.commit,
    )
    shell(
      'for d in $(seq 100); do mkdir -p packages/module-$d/src; (cd packages/module-$d/src; touch component-{1..200}.tsx); done',
    )
    await saved
    await using tab = await openTab(browser)
    const { page } = tab
    await open(page)
    await page.keyboard.press('Control+P')
    const box = page.getByRole('combobox', { name: 'File name' })
    await box.fill('m42comp77')
    await page.getByRole('option').first().getByText('component-77.tsx').waitFor()
    const times = (await page.evaluate(`(() => {
      const box = document.querySelector('[role=combobox]')
      const times = []
      for (const word of ['component', 'module-9/src/comp', 'pkg mod tsx', 'index', 'zzz', 'mod57com199']) {
        for (let length = 1; length <= word.length; length += 1) {
          const started = performance.now()
          box.value = word.slice(0, length)
          box.dispatchEvent(new InputEvent('input', { bubbles: true }))
          times.push(performance.now() - started)
        }
      }
      return times
    })()`)) as number[]
    await annotate(
      `quick open among 20,000 files: median ${median(times).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms of ${times.length} keys`,
    )
    expect(median(times)).toBeLessThan(BUDGET)
    await box.fill('mod57com199')
    await page.getByRole('option').first().getByText('component-199.tsx').waitFor()
    await takeShots(page, 'quick-open')
    await page.keyboard.press('Escape')

    // What came, went and was renamed since is known without listing everything again.
    await writeFile(join(work, 'brand-new.txt'), 'new\n')
    await rename(join(work, 'packages/module-57'), join(work, 'packages/renamed-57'))
    await rm(join(work, 'packages/module-58'), { recursive: true })
    await row(page, 'brand-new.txt').waitFor()
    const first = async (text: string): Promise<string> => {
      await page.keyboard.press('Control+P')
      await box.fill(text)
      const item = page.getByRole('option').first().or(page.getByText('No file matches.'))
      await item.waitFor()
      const shown = (await item.innerText()).replaceAll('\n', ' ')
      await page.keyboard.press('Escape')
      return shown
    }
    await expect.poll(() => first('brandnew')).toContain('brand-new.txt')
    await expect.poll(() => first('renamed57src199')).toContain('packages/renamed-57/src')
    await expect.poll(() => first('module-58/src/component-12.tsx')).not.toContain('module-58')
    expect(tab.complaints).toEqual([])
  })

  it('a folder of 100,000 files opens, scrolls and answers keys', async ({ annotate }) => {
    await mkdir(join(work, 'huge'))
    await writeFile(join(work, '.gitignore'), 'huge\n')
    shell('cd huge; for part in {0..9}; do touch file-${part}{0000..9999}.txt; done')
    await using tab = await openTab(browser)
    const { page } = tab
    await open(page)
    const started = performance.now()
    await row(page, 'huge').click()
    await row(page, 'file-00001.txt').waitFor()
    const opened = performance.now() - started
    await takeShots(page, 'tree-huge')
    const figures = (await page.evaluate(`(async () => {
      const tree = document.querySelector('[role=tree][aria-label=Files]')
      const frame = () => new Promise((done) => requestAnimationFrame(done))
      // How many elements each step makes.
      const made = []
      const observer = new MutationObserver(() => {})
      observer.observe(tree, { childList: true, subtree: true })
      const count = () => made.push(observer.takeRecords().reduce((sum, { addedNodes }) => sum + addedNodes.length, 0))
      const scrolls = []
      for (let step = 1; step <= 40; step += 1) {
        tree.scrollTop = (tree.scrollHeight * step) / 41
        const started = performance.now()
        tree.dispatchEvent(new Event('scroll'))
        scrolls.push(performance.now() - started)
        count()
        await frame()
      }
      tree.focus()
      const keys = []
      for (const key of ['End', 'ArrowUp', 'ArrowUp', 'PageUp', 'Home', 'ArrowDown', 'f']) {
        const started = performance.now()
        tree.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
        keys.push(performance.now() - started)
        count()
        await frame()
      }
      return { scrolls, keys, made, rows: tree.querySelectorAll('[role=treeitem]').length }
    })()`)) as Record<'scrolls' | 'keys' | 'made', number[]> & { rows: number }
    const toggled = performance.now()
    await page.getByRole('tree').focus()
    await page.keyboard.press('Home')
    await row(page, 'huge').click()
    await row(page, 'file-00001.txt').waitFor({ state: 'detached' })
    const closed = performance.now() - toggled
    await annotate(
      `tree of 100,000 files: opened in ${opened.toFixed(0)} ms, closed in ${closed.toFixed(0)} ms; a scroll ${median(figures.scrolls).toFixed(1)} ms (slowest ${Math.max(...figures.scrolls).toFixed(1)}), a key ${median(figures.keys).toFixed(1)} ms (slowest ${Math.max(...figures.keys).toFixed(1)}); ${figures.rows} rows in the page`,
    )
    expect(figures.rows).toBeLessThan(VISIBLE)
    expect(Math.max(...figures.made)).toBeLessThan(VISIBLE * 2)
    expect(Math.max(...figures.made)).toBeGreaterThan(0)
    expect(median(figures.scrolls)).toBeLessThan(BUDGET)
    expect(median(figures.keys)).toBeLessThan(BUDGET)
    expect(tab.complaints).toEqual([])
  })
})
