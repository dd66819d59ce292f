import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, shell, untilRemote } from './workspace-fixture.ts'
import type { Fixture } from './workspace-fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await createFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

test('a file that is written while it is saved is saved as it is at the end', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  const log = join(runner.work, 'log.txt')
  await writeFile(log, '')
  const writer = spawn(
    'bash',
    ['-c', 'for n in $(seq 3000); do echo "$n" >> log.txt; [ $((n % 50)) = 0 ] && sleep 0.01; done; true'],
    {
      cwd: runner.work,
    },
  )
  let saves = 0
  page.socket.on('saves.changed', () => {
    saves += 1
  })
  await Promise.all([once(writer, 'close'), page.save('b.txt', 'b\n')])
  const { ref } = page.saves
  const end = (await readFile(log, 'utf8')).trimEnd()
  await untilRemote(page, async () => (await fixture.remote('show', `${ref}:log.txt`)) === end)
  expect(end.split('\n').length).toBe(3000)
  expect(saves).toBeGreaterThan(0)
  // No save in between is torn: each holds lines from the first on.
  for (const commit of (await fixture.remote('rev-list', ref)).split('\n')) {
    const text = await fixture.remote('show', `${commit}:log.txt`).catch(() => '')
    expect(`${end}\n`.startsWith(text)).toBe(true)
  }
  await fixture.remote('fsck', '--strict')
})

test('history that the user rewrites is pushed as it is, and the saves on the old one stay', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(runner.work, 'for n in 1 2 3; do echo $n > a.txt; git commit -qam $n; done')
  await untilRemote(page, async () => (await fixture.remote('log', '-1', '--format=%s', 'main')) === '3')
  await page.save('b.txt', 'b\n')
  const { commit, ref } = await page.durable()
  const old = await fixture.remote('rev-parse', 'main')
  await shell(
    runner.work,
    'git reset -q --soft HEAD~2; git commit -qm Squashed; git reflog expire --expire=now --all',
  )
  await untilRemote(
    page,
    async () => (await fixture.remote('log', '-1', '--format=%s', 'main')) === 'Squashed',
  )
  const { version } = await page.ask('files.read', { path: 'b.txt' })
  await page.save('b.txt', 'more\n', version)
  await page.durable()
  await fixture.remote('merge-base', '--is-ancestor', commit ?? '', ref)
  await fixture.remote('merge-base', '--is-ancestor', old, ref)
  expect(await fixture.remote('show', `${ref}:b.txt`)).toBe('more')
  expect(await runner.stop()).toBe(0)
  const again = await fixture.run()
  expect(await shell(again.work, 'git log --format=%s; git status --porcelain')).toBe(
    'Squashed\n1\nSeed\n?? b.txt\n',
  )
})

test('what git filters on its way in is saved as it is on the disk', async () => {
  await fixture.seed({ 'a.txt': 'a\n', '.gitattributes': '*.bin filter=big\n' })
  const first = await fixture.run()
  const page = await first.connect()
  // What Git LFS does, without it: the index holds a pointer, the work tree the bytes.
  await shell(
    first.work,
    `git config filter.big.clean 'sha1sum | cut -c1-8'; git config filter.big.smudge 'cat ../smudged'; git config filter.big.required true
     printf 'large\\n' > ../smudged; printf 'large\\n' > a.bin; git add a.bin; git commit -qm Big; echo 'not added' > b.bin`,
  )
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('show', `${ref}:b.bin`)) === 'not added')
  expect(await fixture.remote('show', `${ref}:a.bin`)).toBe('large')
  expect(await fixture.remote('show', 'main:a.bin')).toMatch(/^[0-9a-f]{8}$/)
  const look = 'git status --porcelain=v2 --branch; git ls-files -s; cat a.bin b.bin'
  const before = await shell(first.work, look)
  expect(await first.stop()).toBe(0)
  const second = await fixture.run()
  expect(await shell(second.work, look)).toBe(before)
})

test('what Git LFS has stored comes back with the workspace', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  // Laid out as Git LFS does; of the older version nothing but this store has the bytes.
  const store = `store() { sum=$(printf '%s' "$1" | sha256sum | cut -c1-64); dir=.git/lfs/objects/$(echo $sum | cut -c1-2)/$(echo $sum | cut -c3-4)
    mkdir -p $dir; printf '%s' "$1" > $dir/$sum
    printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' $sum $(printf '%s' "$1" | wc -c) > big.bin; git add big.bin; git commit -qm "$1"; }`
  await shell(first.work, `${store}; store older; store newer; touch .git/lfs/objects/junk`)
  const list = 'find .git/lfs/objects -type f -not -name junk | sort'
  const look = `for object in $(${list}); do echo "$object"; cat "$object"; echo; done; git log -p --format=%s`
  const before = await shell(first.work, look)
  expect(before).toContain('older')
  expect(await first.stop()).toBe(0)
  const second = await fixture.run()
  expect(await shell(second.work, look)).toBe(before)
})

test('an object of Git LFS that was saved while it was written is saved again when it is whole', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  const sum = (await shell(first.work, "printf whole | sha256sum | cut -c1-64 | tr -d '\\n'")).trim()
  const folder = `.git/lfs/objects/${sum.slice(0, 2)}/${sum.slice(2, 4)}`
  await shell(
    first.work,
    `mkdir -p ${folder}; printf who > ${folder}/${sum}; git commit -q --allow-empty -m Half`,
  )
  await untilRemote(page, async () => (await fixture.remote('log', '-1', '--format=%s', 'main')) === 'Half')
  await page.save('b.txt', 'b\n')
  await page.durable()
  await shell(first.work, `printf le >> ${folder}/${sum}`)
  expect(await first.stop()).toBe(0)
  const second = await fixture.run()
  expect(await shell(second.work, `cat ${folder}/${sum}`)).toBe('whole')
})
