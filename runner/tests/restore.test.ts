import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, shell } from './workspace-fixture.ts'
import type { Fixture, RunningRunner } from './workspace-fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await createFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

/** Everything a user can see of a clone. */
function describeClone({ work }: RunningRunner): Promise<string> {
  return shell(
    work,
    `git status --porcelain=v2 --branch
     git diff --cached
     git diff
     cat .git/HEAD
     find . -path ./.git -prune -o -printf '%P %y %l\\n' | sort
     find . -path ./.git -prune -o -type f -perm -u+x -printf 'executable %P\\n' | sort
     find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha1sum
     git fsck --no-dangling 2>&1`,
  )
}

/** Changes a workspace by a script, stops it, and starts it again on an empty disk. */
async function roundTrip(script: string): Promise<{ before: string; after: string; second: RunningRunner }> {
  const first = await fixture.run()
  await shell(first.work, script)
  const before = await describeClone(first)
  expect(await first.stop()).toBe(0)
  const second = await fixture.run()
  expect(second.stages.map(({ stage }) => stage)).toEqual(['cloning', 'restoring', 'ready'])
  return { before, after: await describeClone(second), second }
}

test('uncommitted, staged, untracked, deleted, executable and linked files come back as they were', async () => {
  await fixture.seed({
    'edited.txt': 'one\n',
    'staged.txt': 'one\n',
    'both.txt': 'one\n',
    'deleted.txt': 'one\n',
    'removed.txt': 'one\n',
    'run.sh': '#!/bin/sh\n',
    'crlf.txt': 'a\r\n',
    '.gitattributes': 'crlf.txt text\n',
  })
  const { before, after, second } = await roundTrip(`
    git config core.autocrlf true
    echo two > edited.txt
    echo two > staged.txt; git add staged.txt
    echo two > both.txt; git add both.txt; echo three > both.txt
    rm deleted.txt
    git rm -q removed.txt
    chmod +x run.sh
    ln -s edited.txt link
    mkdir untracked; printf 'x\\0y' > untracked/binary; echo ü > 'untracked/na me ü'
    echo committed > committed.txt; git add committed.txt; git commit -qm Local -- committed.txt
    git config --unset core.autocrlf`)
  expect(after).toBe(before)
  expect(after).toContain('1 MM')
  const page = await second.connect()
  expect(page.hello.head.branch).toBe('main')
})

test('a detached HEAD comes back, with a commit that no branch has', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const { before, after } = await roundTrip(`
    git checkout -q --detach
    echo b > b.txt; git add b.txt; git commit -qm Detached
    echo c > c.txt`)
  expect(after).toBe(before)
})

test('an unborn branch comes back with what is staged', async () => {
  const { before, after } = await roundTrip('echo a > a.txt; git add a.txt; echo b > b.txt')
  expect(after).toBe(before)
})

test('another branch comes back', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const { before, after } = await roundTrip(
    'git checkout -q -b feature; git commit -q --allow-empty -m Empty',
  )
  expect(after).toBe(before)
})

test('a branch that was only checked out comes back although no file changed', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const { before, after } = await roundTrip('git checkout -q -b elsewhere')
  expect(after).toBe(before)
})

test('an untouched clone makes no save', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const { before, after } = await roundTrip('true')
  expect(after).toBe(before)
  expect(await fixture.remote('for-each-ref', 'refs/codenest')).toBe('')
})

test('saves of the next session continue those of the last, on a line of their own', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  await page.save('b.txt', 'b\n')
  const { commit } = await page.durable()
  await first.stop()
  const second = await fixture.run()
  const later = await second.connect()
  expect(later.saves.ref).not.toBe(page.saves.ref)
  await later.save('c.txt', 'c\n')
  const { ref } = await later.durable()
  expect(await fixture.remote('log', '-1', '--format=%B', ref)).toContain(`Codenest-Previous: ${commit}`)
  expect(await fixture.remote('rev-parse', `${ref}^@`)).toBe(await fixture.remote('rev-parse', 'main'))
})

test('the clone of an imported repository knows its upstream, and its objects are complete', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  await fixture.remote('update-ref', 'refs/remotes/origin/main', 'main')
  const runner = await fixture.run({ upstream: 'https://example.com/"a".git' })
  expect(await shell(runner.work, 'git status --porcelain=v2 --branch')).toContain(
    '# branch.upstream origin/main',
  )
  expect(await shell(runner.work, 'git remote get-url origin')).toBe('https://example.com/"a".git\n')
  expect(await readFile(join(runner.work, '.git/config'), 'utf8')).not.toContain('secret')
  expect(await shell(runner.work, 'git for-each-ref refs/codenest')).toBe('')
})

test('a runner that was killed loses nothing that was on its disk', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  await page.save('b.txt', 'b\n')
  await page.durable()
  fixture.host.behaviour = 'reset'
  await page.save('c.txt', 'c\n')
  await writeFile(join(first.work, 'd.txt'), 'd\n')
  await shell(first.work, 'echo e > e.txt; git add e.txt; git commit -qm Local -- e.txt')
  expect(await first.stop('SIGKILL')).toBe(null)
  fixture.host.behaviour = 'serve'

  const second = await fixture.run({ root: first.root })
  expect(second.stages.map(({ stage }) => stage)).toEqual(['restoring', 'ready'])
  const later = await second.connect()
  const { ref } = await later.durable()
  expect(await fixture.remote('ls-tree', '--name-only', ref)).toBe('a.txt\nb.txt\nc.txt\nd.txt\ne.txt')
  expect(await fixture.remote('show', 'main:e.txt')).toBe('e')
  // The save that the remote did not get from the first one is a part of the line of the second.
  const line = await fixture.remote('log', '--format=%s', ref)
  expect(line.split('\n')).toEqual(expect.arrayContaining(['Save c.txt', 'Save b.txt', 'Local']))
})

test('a runner that was killed is adopted by the same session, too', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  await page.save('b.txt', 'b\n')
  await page.durable()
  fixture.host.behaviour = 'reset'
  await page.save('c.txt', 'c\n')
  await first.stop('SIGKILL')
  fixture.host.behaviour = 'serve'
  const session = page.saves.ref.split('/').at(-1)!
  const second = await fixture.run({ root: first.root, session })
  const later = await second.connect()
  await later.durable()
  expect(await fixture.remote('show', `${page.saves.ref}:c.txt`)).toBe('c')
  await later.save('d.txt', 'd\n')
  const { ref } = await later.durable()
  expect(await fixture.remote('rev-list', '--count', `main..${ref}`)).toBe('3')
})

test('a session that starts after the clock was set back goes on with the saves of the one before it', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  fixture.host.behaviour = 'serve'
  const first = await fixture.run({ session: '01K00000000000000000000000' })
  const page = await first.connect()
  fixture.host.behaviour = 'reset'
  await page.save('b.txt', 'b\n')
  await first.stop('SIGKILL')
  fixture.host.behaviour = 'serve'
  const second = await fixture.run({ root: first.root, session: '01J00000000000000000000000' })
  const later = await second.connect()
  await later.durable()
  await later.save('c.txt', 'c\n')
  await later.durable()
  await second.stop('SIGKILL')
  // Once more on the same disk, whose journal still names the first session.
  const third = await fixture.run({ root: first.root, session: '01J00000000000000000000001' })
  expect(await readFile(join(third.work, 'c.txt'), 'utf8')).toBe('c\n')
  const last = await third.connect()
  await last.save('d.txt', 'd\n')
  await last.durable()
  await third.stop('SIGKILL')
  const fresh = await fixture.run({ session: '01J00000000000000000000002' })
  expect((await readdir(fresh.work)).filter((name) => name !== '.git')).toEqual([
    'a.txt',
    'b.txt',
    'c.txt',
    'd.txt',
  ])
})

test('a runner waits for the disk of one whose platform died, and that one makes room', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  fixture.host.behaviour = 'reset'
  await page.save('b.txt', 'b\n')
  const second = await fixture.run({ root: first.root })
  expect(first.process.exitCode).toBe(3)
  fixture.host.behaviour = 'serve'
  const { ref } = await (await second.connect()).durable()
  expect(await fixture.remote('show', `${ref}:b.txt`)).toBe('b')
})

test('branches that were rewritten around the death of a runner are known for its own', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  await shell(first.work, 'git branch kept; git checkout -q -b topic; echo 1 > a.txt; git commit -qam One')
  while ((await fixture.remote('for-each-ref', 'refs/heads/topic')) === '') await page.next('saves.changed')
  await first.stop('SIGKILL')
  await shell(first.work, 'git commit -q --amend -m Amended; git checkout -q main; git branch -q -D kept')
  const amended = (await shell(first.work, 'git rev-parse topic')).trim()
  const second = await fixture.run({ root: first.root })
  expect(await second.stop()).toBe(0)
  expect(await fixture.remote('rev-parse', 'topic')).toBe(amended)
  expect(await fixture.remote('for-each-ref', 'refs/heads/kept')).toBe('')
})

test('a clone that was broken off starts over', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const root = join(fixture.folder, 'half')
  await shell(fixture.folder, 'git init -q half/work && mkdir half/state')
  const runner = await fixture.run({ root })
  expect(await readFile(join(runner.work, 'a.txt'), 'utf8')).toBe('a\n')
})

test('a stop saves what the terminal just wrote', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  await writeFile(join(runner.work, 'late.txt'), 'late\n')
  expect(await runner.stop()).toBe(0)
  const ref = await fixture.remote('for-each-ref', '--format=%(refname)', 'refs/codenest')
  expect(await fixture.remote('show', `${ref}:late.txt`)).toBe('late')
})

test('a clone that fails says what happened', async () => {
  fixture.host.behaviour = 'refuse'
  const runner = await fixture.run()
  expect(runner.stages.at(-1)?.stage).toBe('failed')
  expect(runner.stages.at(-1)?.detail).toMatch(/status 503/)
  const page = await runner.connect()
  expect(await page.request('files.list', { path: '' })).toMatchObject({
    ok: false,
    error: { code: 'not_ready' },
  })
  expect(await runner.stop()).toBe(0)
})

test('a stop that cannot reach the remote keeps the disk, and says so by its exit code', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  await writeFile(join(first.work, 'late.txt'), 'late\n')
  fixture.host.behaviour = 'reset'
  expect(await first.stop()).toBe(3)
  fixture.host.behaviour = 'serve'
  const second = await fixture.run({ root: first.root })
  const page = await second.connect()
  const { ref } = await page.durable()
  expect(await fixture.remote('ls-tree', '--name-only', ref)).toBe('a.txt\nlate.txt')
})

test('what a merge left unfinished is saved, and half-done branches are not pushed', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(
    runner.work,
    `git checkout -q -b other; echo other > a.txt; git commit -qam Other
     git checkout -q main; echo main > a.txt; git commit -qam Main
     git merge other > merge.log || true; git branch later`,
  )
  const state = '%(trailers:key=Codenest-State,valueonly)'
  const { ref } = page.saves
  const merging = async (): Promise<boolean> =>
    (await fixture.remote('log', '-1', `--format=${state}`, ref)) === 'merge' &&
    (await fixture.remote('show', `${ref}:a.txt`)).includes('<<<<<<<')
  while (!(await merging().catch(() => false))) await page.next('saves.changed')
  expect(await fixture.remote('for-each-ref', 'refs/heads/later')).toBe('')
  await shell(runner.work, 'git merge --abort')
  while ((await fixture.remote('for-each-ref', 'refs/heads/later')) === '') await page.next('saves.changed')
})
