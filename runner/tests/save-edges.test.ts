import { existsSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, shell, untilRemote } from './workspace-fixture.ts'
import type { Fixture } from './workspace-fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await createFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

test('a file over the limit is told, not kept, and does not stop the others', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await writeFile(join(runner.work, 'video.bin'), '')
  await truncate(join(runner.work, 'video.bin'), 140 * 1024 ** 2)
  await writeFile(join(runner.work, 'small.txt'), 'small\n')
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('show', `${ref}:small.txt`)) === 'small')
  const { notKept } = await page.savesBecome((saves) => saves.notKept.length > 0)
  expect(notKept).toEqual([
    { path: 'video.bin', reason: 'too_large', message: 'too large to keep: 140 MB, limit 100 MB' },
  ])
  expect(await fixture.remote('ls-tree', '--name-only', ref)).toBe('a.txt\nsmall.txt')
  await shell(runner.work, 'rm video.bin')
  expect((await page.savesBecome((saves) => saves.notKept.length === 0)).notKept).toEqual([])
})

test('by its setting a workspace leaves ignored files on its disk, and says so', async () => {
  await fixture.seed({ '.gitignore': '.env\n', 'a.txt': 'a\n' })
  const runner = await fixture.run({ ignoredFiles: 'local' })
  const page = await runner.connect()
  await page.save('.env', 'SECRET=1\n')
  expect(page.saves.notKept.map(({ path, reason }) => [path, reason])).toEqual([['.env', 'ignored']])
  await page.save('b.txt', 'b\n')
  const { ref } = await page.durable()
  expect(await fixture.remote('ls-tree', '--name-only', ref)).toBe('.gitignore\na.txt\nb.txt')
  expect(await runner.stop()).toBe(0)
  expect(await fixture.remote('ls-tree', '--name-only', ref)).not.toContain('.env')
})

test('names that are not UTF-8, case-only renames and odd files come back byte for byte', async () => {
  await fixture.seed({
    'README.md': 'a\n',
    'crlf.txt': 'a\r\nb\r\n',
    '.gitattributes': '*.txt text eol=lf\n',
  })
  const first = await fixture.run()
  await shell(
    first.work,
    `printf 'x' > $'caf\\xe9'; printf '\\xff\\xfe' > latin; mv README.md readme.md; ln -s /etc/passwd out
     ln -s nowhere dangling; printf 'l1\\r\\n' > crlf.txt; mkdir -p 'a "b"/$c'; echo q > 'a "b"/$c/t	ab'
     printf '#!/bin/sh\\n' > run; chmod 755 run; mkfifo pipe`,
  )
  const list = `find . -path ./.git -prune -o ! -type p -printf '%P %y %m %l\\n' | LC_ALL=C sort
    find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha1sum`
  const before = await shell(first.work, list)
  expect(await first.stop()).toBe(0)
  const second = await fixture.run()
  expect(await shell(second.work, list)).toBe(before)
})

test('a file, a folder and everything can be brought back, each as a new save', async () => {
  await fixture.seed({ 'a.txt': 'one\n', 'src/b.txt': 'one\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await page.save('new.txt', 'new\n')
  const { commit: early, ref } = await page.durable()
  // Edited in the page and restored before any sweep.
  const { version } = await page.ask('files.read', { path: 'new.txt' })
  await page.save('new.txt', 'newer\n', version)
  await page.ask('saves.restore', { saveId: 'r0', commit: early ?? '', path: 'new.txt' })
  expect(await shell(runner.work, 'cat new.txt')).toBe('new\n')
  await shell(
    runner.work,
    'echo two > a.txt; echo two > src/b.txt; chmod +x src/b.txt; echo c > src/c.txt; rm new.txt',
  )
  await untilRemote(page, async () => (await fixture.remote('ls-tree', '-r', ref)).includes('src/c.txt'))
  const show = (): Promise<string> =>
    shell(runner.work, 'grep -r . --exclude-dir=.git | sort; stat -c %a src/b.txt')
  await page.ask('saves.restore', { saveId: 'r1', commit: early ?? '', path: 'a.txt' })
  expect(await show()).toBe('a.txt:one\nsrc/b.txt:two\nsrc/c.txt:c\n755\n')
  await page.ask('saves.restore', { saveId: 'r2', commit: early ?? '', path: 'src' })
  expect(await show()).toBe('a.txt:one\nsrc/b.txt:one\n644\n')
  await page.ask('saves.restore', { saveId: 'r3', commit: early ?? '', path: null })
  expect(await show()).toBe('a.txt:one\nnew.txt:new\nsrc/b.txt:one\n644\n')
  await page.durable()
  expect(await fixture.remote('log', '-1', '--format=%s', ref)).toBe(
    `Restore the workspace as of ${early?.slice(0, 10)}`,
  )
  expect(await fixture.remote('show', `${ref}~2:src/b.txt`)).toBe('two')
  const missing = await page.request('saves.restore', { saveId: 'r4', commit: '1'.repeat(40), path: null })
  expect(missing).toMatchObject({ ok: false, error: { code: 'not_found' } })
})

test('the saves of a session that ran at the same time can be merged in', async () => {
  await fixture.seed({ 'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n' })
  const [lost, current] = [await fixture.run(), await fixture.run()]
  const [there, here] = [await lost.connect(), await current.connect()]
  await shell(lost.work, 'sed -i s/2/two/ a.txt; echo x > lost.txt')
  const { ref } = there.saves
  await untilRemote(there, async () => (await fixture.remote('show', `${ref}:lost.txt`)) === 'x')
  await shell(current.work, 'sed -i s/8/eight/ a.txt; echo y > here.txt')
  const stray = await fixture.remote('rev-parse', ref)
  const { conflicts } = await here.ask('saves.merge', { saveId: 'm1', commit: stray, keep: 'merge' })
  expect(conflicts).toEqual([])
  expect(await shell(current.work, 'cat a.txt here.txt lost.txt')).toBe(
    '1\ntwo\n3\n4\n5\n6\n7\neight\n9\ny\nx\n',
  )
  const { ref: ours } = await here.durable()
  expect(await fixture.remote('log', '-1', '--format=%B', ours)).toContain(`Codenest-Merged: ${stray}`)
})

test('saves go on when the user deletes .git, and a killed runner keeps the files', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await page.save('b.txt', 'b\n')
  await page.durable()
  await shell(runner.work, 'rm -rf .git')
  await page.save('c.txt', 'c\n')
  await page.savesBecome((saves) => saves.pending.length === 0 && saves.state === 'durable')
  expect(await fixture.remote('ls-tree', '--name-only', page.saves.ref)).toBe('a.txt\nb.txt\nc.txt')
  // Also when it was noticed that it is gone.
  await shell(runner.work, 'echo d > d.txt')
  const list = (): Promise<string> => fixture.remote('ls-tree', '--name-only', page.saves.ref)
  await expect.poll(list).toBe('a.txt\nb.txt\nc.txt\nd.txt')
  await page.save('e.txt', 'e\n')
  await expect.poll(list).toBe('a.txt\nb.txt\nc.txt\nd.txt\ne.txt')
  await runner.stop('SIGKILL')
  const again = await fixture.run({ root: runner.root })
  expect(existsSync(join(again.work, 'c.txt'))).toBe(true)
})

test('saves run no hook, sign nothing and mind no setting of the user', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(
    runner.work,
    `mkdir hooks; for h in pre-commit post-commit reference-transaction post-index-change pre-push fsmonitor; do
       printf '#!/bin/sh\\ntouch ../ran 2>/dev/null; touch ran; exit 1\\n' > hooks/$h; chmod +x hooks/$h; done
     git config core.hooksPath hooks; git config core.fsmonitor hooks/fsmonitor
     git config commit.gpgsign true; git config gpg.program false; git config core.autocrlf true
     git config core.fileMode false; git config status.showUntrackedFiles no; rm -f ran`,
  )
  await page.save('b.txt', 'b\n')
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('ls-tree', '-r', ref)).includes('hooks/pre-push'))
  expect(existsSync(join(runner.work, 'ran'))).toBe(false)
  expect(await fixture.remote('ls-tree', ref, 'hooks/pre-push')).toContain('100755')
})

test('thousands of files at once become one save, and a second look costs no push', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(
    runner.work,
    'mkdir lib; for i in $(seq 50); do mkdir lib/$i; for j in $(seq 50); do echo $i.$j > lib/$i/$j; done; done',
  )
  const { ref } = page.saves
  const count = async (): Promise<number> =>
    (await fixture.remote('ls-tree', '-r', '--name-only', ref)).split('\n').length
  await untilRemote(page, async () => (await count()) === 2_501)
  expect(await page.durable()).toMatchObject({ queue: { saves: 0, bytes: 0 } })
})

test('what waits for the remote is counted, and survives the runner', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  fixture.host.behaviour = 'refuse'
  for (const n of [1, 2, 3]) await page.save(`f${n}.txt`, `${n}\n`)
  const { queue } = await page.savesBecome((saves) => saves.queue.saves === 3)
  expect(queue.bytes).toBeGreaterThan(300)
  expect(queue.limit).toBeGreaterThan(100_000_000)
  await runner.stop('SIGKILL')
  fixture.host.behaviour = 'serve'
  const again = await fixture.run({ root: runner.root })
  const later = await again.connect()
  const { ref } = await later.durable()
  expect(await fixture.remote('log', '--format=%s', `main..${ref}`)).toBe(
    'Save f3.txt\nSave f2.txt\nSave f1.txt',
  )
})
