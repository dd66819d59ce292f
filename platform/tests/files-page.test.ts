import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync, crc32 } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import type { TestTab } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { readZip } from './support/read-zip.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { takeShots } from './support/shots.ts'

const MEGABYTE = 1024 * 1024

describe.skipIf(!(await hasChromium()))('files in the page', () => {
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
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  async function open(): Promise<TestTab> {
    const tab = await openTab(browser)
    await giveSession(tab.page, platform)
    await tab.page.goto(`${platform.origin}/w/${id}`)
    await row(tab.page, 'index.html').waitFor()
    return tab
  }
  const row = (page: Page, name: string) => page.getByRole('treeitem', { name, exact: true })
  const viewer = (page: Page) => page.getByTestId('viewer')
  /** What the remote's newest save holds of a path, once it does. */
  async function savedAs(path: string): Promise<string> {
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'init', '-q')
    using other = await openPage(platform, id)
    const url = await platform.gitUrl(id)
    let content = ''
    const look = async (): Promise<string> => {
      await stockGit(folder.path, 'fetch', '-q', url, other.hello.saves.ref)
      content = await stockGit(folder.path, 'show', `FETCH_HEAD:${path}`)
      return content
    }
    await expect.poll(() => look().catch(() => '')).not.toBe('')
    return content
  }

  it('images, documents and sound open in viewers, with nothing of theirs running', async () => {
    await writeFile(join(work, 'picture.png'), png(320, 200))
    await writeFile(join(work, 'sound.wav'), wav(2))
    await writeFile(join(work, 'paper.pdf'), pdf('Hello from a PDF'))
    await writeFile(
      join(work, 'hostile.svg'),
      `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32"><script>document.title = 'owned'; fetch('/x')</script><rect width="64" height="32" fill="tomato"/></svg>`,
    )
    await using tab = await open()
    const { page } = tab
    await row(page, 'picture.png').click()
    await viewer(page)
      .getByText(/^320 × 200 · /)
      .waitFor()
    await takeShots(page, 'viewer-image')
    await viewer(page).getByRole('button', { name: 'picture.png: show in full size' }).click()
    // It changes on disk: the viewer follows.
    await writeFile(join(work, 'picture.png'), png(64, 48))
    await viewer(page)
      .getByText(/^64 × 48 · /)
      .waitFor()

    await row(page, 'sound.wav').click()
    await viewer(page)
      .getByText(/^0:02 · /)
      .waitFor()
    await page.evaluate(`{
      const audio = document.querySelector('audio')
      audio.muted = true
      audio.currentTime = 1.5
      audio.play()
    }`)
    await expect.poll(() => page.evaluate(`document.querySelector('audio').ended`)).toBe(true)
    await takeShots(page, 'viewer-audio')

    await row(page, 'hostile.svg').click()
    await viewer(page)
      .getByText(/^64 × 32 · /)
      .waitFor()
    await viewer(page).getByRole('button', { name: 'Edit as text' }).click()
    await page.getByTestId('editor').getByText('tomato').waitFor()

    const document = page.waitForResponse((response) => response.url().includes('/files/paper.pdf'))
    await row(page, 'paper.pdf').click()
    expect((await document).headers()['content-type']).toBe('application/pdf')
    await viewer(page).locator('iframe').waitFor()
    await takeShots(page, 'viewer-pdf')
    expect(tab.complaints).toEqual([])
  })

  it('a text of 50 MB opens, one of 51 MB and one that is none say so', async () => {
    const line = 'a line of a very long log file, of which there are many more\n'
    await writeFile(join(work, 'large.log'), line.repeat((50 * MEGABYTE) / line.length))
    await writeFile(join(work, 'larger.log'), line.repeat((51 * MEGABYTE) / line.length + 1))
    await writeFile(join(work, 'program.bin'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 255]))
    await using tab = await open()
    const { page } = tab
    await row(page, 'large.log').click()
    const editor = page.getByTestId('editor')
    await editor.getByText('a line of a very long log').first().waitFor()
    await page
      .getByTestId('editor-notice')
      .getByText(/large.log has 50 MB/)
      .waitFor()
    await editor.click()
    await page.keyboard.press('Control+End')
    await page.getByText(/Ln 859\d{3}/).waitFor()
    await page.keyboard.type('x')
    await takeShots(page, 'large-text')
    await expect(stat(join(work, 'large.log'))).resolves.toMatchObject({
      size: line.length * Math.floor((50 * MEGABYTE) / line.length),
    })

    await row(page, 'larger.log').click()
    await page
      .getByRole('alert')
      .getByText('larger.log has 51 MB, and files up to 50 MB are shown.')
      .waitFor()
    await takeShots(page, 'too-large')
    await row(page, 'program.bin').click()
    await page.getByRole('alert').getByText('program.bin is not text in UTF-8.').waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    const saved = await download
    expect(saved.suggestedFilename()).toBe('program.bin')
    expect(await readFile(await saved.path())).toEqual(await readFile(join(work, 'program.bin')))
    expect(tab.complaints).toEqual([])
  })

  it('a file is dragged to another folder, and back with Undo; copied and moved with the keyboard', async () => {
    await mkdir(join(work, 'one/deep'), { recursive: true })
    await mkdir(join(work, 'two'))
    await writeFile(join(work, 'one/file.txt'), 'to be moved\n')
    await using tab = await open()
    const { page } = tab
    await row(page, 'one').click()
    await row(page, 'file.txt').dblclick()
    await page.getByTestId('editor').getByText('to be moved').waitFor()
    await row(page, 'file.txt').hover()
    await page.mouse.down()
    await row(page, 'two').hover()
    await row(page, 'two').hover()
    await page.mouse.up()
    await page.locator('[data-file="two/file.txt"]').waitFor()
    expect(await readFile(join(work, 'two/file.txt'), 'utf8')).toBe('to be moved\n')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.locator('[data-file="one/file.txt"]').waitFor()
    expect(await readdir(join(work, 'two'))).toEqual([])

    // Into itself it cannot go.
    await row(page, 'one').dragTo(row(page, 'deep'))
    expect((await readdir(join(work, 'one'))).toSorted()).toEqual(['deep', 'file.txt'])

    await row(page, 'file.txt').click()
    await page.getByRole('tree').focus()
    await page.keyboard.press('Control+c')
    await page.keyboard.press('Control+v')
    await row(page, 'file copy.txt').waitFor()
    await page.keyboard.press('Control+v')
    await row(page, 'file copy 2.txt').waitFor()
    await page.keyboard.press('Control+x')
    await row(page, 'two').click()
    await page.keyboard.press('Control+v')
    await expect.poll(() => readdir(join(work, 'two'))).toEqual(['file copy 2.txt'])
    expect(await savedAs('two/file copy 2.txt')).toBe('to be moved')
    expect(await savedAs('one/file copy.txt')).toBe('to be moved')
    expect(tab.complaints).toEqual([])
  })

  it('files and folders are uploaded with progress, and a folder comes back as a zip', async () => {
    await using folder = await temporaryFolder()
    const local = join(folder.path, 'album')
    await mkdir(join(local, 'inner/.git'), { recursive: true })
    await writeFile(join(local, 'big.bin'), Buffer.alloc(24 * MEGABYTE, 'x'))
    for (let index = 0; index < 30; index += 1)
      await writeFile(join(local, `inner/note-${index}.txt`), `note ${index}\n`)
    await writeFile(join(local, 'inner/.git/config'), 'not to be taken')

    await using tab = await open()
    const { page } = tab
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 12 * MEGABYTE,
    })
    const upload = async (command: string, files: string | string[]): Promise<void> => {
      await page.keyboard.press('F1')
      await page.getByRole('combobox').fill(`>${command}`)
      const chooser = page.waitForEvent('filechooser')
      await page.keyboard.press('Enter')
      await (await chooser).setFiles(files)
    }
    const status = page.getByTestId('upload-status')
    await row(page, 'index.html').click()
    await upload('Upload a Folder', local)
    await status.getByText(/Uploading \d+ of 31/).waitFor()
    await takeShots(page, 'upload')
    await expect
      .poll(() => page.evaluate(`document.querySelector('progress')?.position`))
      .toBeGreaterThan(0.2)
    expect(await readdir(join(work, 'album')).catch(() => [])).not.toContain('big.bin')
    await status.waitFor({ state: 'detached' })
    await page.getByText('A .git folder was left out').waitFor()
    expect((await stat(join(work, 'album/big.bin'))).size).toBe(24 * MEGABYTE)
    expect(await readdir(join(work, 'album/inner'))).toHaveLength(30)
    expect(await savedAs('album/inner/note-29.txt')).toBe('note 29')

    // Again: what is there is asked about, and a cancel leaves nothing half.
    await writeFile(join(local, 'big.bin'), Buffer.alloc(24 * MEGABYTE, 'y'))
    await upload('Upload a Folder', local)
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    await dialog.getByText('31 files are there already').waitFor()
    await takeShots(page, 'upload-conflict')
    await dialog.getByRole('button', { name: 'Replace' }).click()
    await expect
      .poll(() => page.evaluate(`document.querySelector('progress')?.position`))
      .toBeGreaterThan(0.2)
    await status.getByRole('button', { name: 'Cancel the upload' }).click()
    await page.getByText(/^Cancelled: \d+ files had been uploaded$/).waitFor()
    await status.waitFor({ state: 'detached' })
    expect((await readFile(join(work, 'album/big.bin'))).subarray(-3).toString()).toBe('xxx')
    await expect.poll(() => readdir(join(work, '../state/tmp'))).toEqual([])

    await row(page, 'album').click({ button: 'right' })
    const download = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'Download as zip' }).click()
    const saved = await download
    expect(saved.suggestedFilename()).toBe('album.zip')
    const zip = readZip(await readFile(await saved.path()))
    expect(zip.get('album/inner/note-3.txt')?.content.toString()).toBe('note 3\n')
    expect(zip.size).toBe(31)

    // From the desktop into a folder of the tree.
    const data = await page.evaluateHandle(
      `(() => {
        const transfer = new DataTransfer()
        transfer.items.add(new File(['dropped\\n'], 'dropped.txt'))
        return transfer
      })()`,
    )
    for (const type of ['dragenter', 'dragover', 'drop'])
      await row(page, 'album').dispatchEvent(type, { dataTransfer: data })
    await expect
      .poll(() => readFile(join(work, 'album/dropped.txt'), 'utf8').catch(() => ''))
      .toBe('dropped\n')
    expect(tab.complaints).toEqual([])
  })
})

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      rows.set([(x * 255) / width, (y * 255) / height, 160], y * (1 + width * 3) + 1 + x * 3)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A tone, in 16 bits at 8 kHz. */
function wav(seconds: number): Buffer {
  const samples = Buffer.alloc(8_000 * seconds * 2)
  for (let at = 0; at < samples.length / 2; at += 1)
    samples.writeInt16LE(Math.round(8_000 * Math.sin(at / 3)), at * 2)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8_000, 24)
  header.writeUInt32LE(16_000, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

function pdf(text: string): string {
  const stream = `BT /F1 32 Tf 72 700 Td (${text}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let body = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const at = body.length
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  return `${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`
}
