import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, shell, untilRemote } from './workspace-fixture.ts'
import type { Fixture } from './workspace-fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await createFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

test('a save into an empty repository reaches the remote', async () => {
  const runner = await fixture.run()
  const page = await runner.connect()
  await page.save('src/app.ts', 'hello\n')
  const { commit, ref, state, pending } = await page.durable()
  expect({ state, pending }).toEqual({ state: 'durable', pending: [] })
  expect(await fixture.remote('rev-parse', ref)).toBe(commit)
  expect(await fixture.remote('show', `${ref}:src/app.ts`)).toBe('hello')
  expect(await fixture.remote('log', '-1', '--format=%an <%ae> %cn <%ce> %s', ref)).toBe(
    'Alice <alice@example.com> CodeNest <saves@codenest.dev> Save src/app.ts',
  )
  await fixture.remote('fsck', '--strict')
  expect(await runner.stop()).toBe(0)
})

test('a save leaves HEAD, index, reflog, config and branches of the clone as they are', async () => {
  await fixture.seed({ 'a.txt': 'a\n', 'src/b.txt': 'b\n', '.gitignore': '*.log\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(runner.work, 'echo staged > staged.txt && git add staged.txt && git status > /dev/null')
  const describeClone = async (): Promise<unknown> => ({
    index: await readFile(join(runner.work, '.git/index'), 'hex'),
    config: await readFile(join(runner.work, '.git/config'), 'utf8'),
    rest: await shell(
      runner.work,
      'export GIT_OPTIONAL_LOCKS=0; git status --porcelain=v2 --branch -- . ":!src/b.txt"; git reflog; git for-each-ref; find .git -newer .git/index -type f -not -path ".git/objects/*" | sort; find .git/objects -type f | sort',
    ),
  })
  const before = await describeClone()
  const { version } = await page.ask('files.read', { path: 'src/b.txt' })
  await page.save('src/b.txt', 'changed\n', version)
  const { ref } = await page.durable()
  expect(await describeClone()).toEqual(before)
  expect(await fixture.remote('show', `${ref}:src/b.txt`)).toBe('changed')
})

test('a stock client fetches the save with what is staged', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(runner.work, 'echo staged > a.txt && git add a.txt && echo later > a.txt')
  await page.save('b.txt', 'b\n')
  const { ref } = await page.durable()
  const header = `Authorization: Basic ${Buffer.from('runner:secret').toString('base64')}`
  await shell(
    fixture.folder,
    `git init -q client && cd client && git -c http.extraHeader='${header}' fetch -q ${fixture.host.url} ${ref}:refs/heads/save && git fsck --strict`,
  )
  const client = join(fixture.folder, 'client')
  expect(await shell(client, 'git show save:b.txt')).toBe('b\n')
  const index = (
    await shell(client, 'git log -1 --format="%(trailers:key=Codenest-Index,valueonly)" save')
  ).trim()
  expect(await shell(client, `git show ${index}:a.txt`)).toBe('staged\n')
})

test('what the terminal does is swept into a save', async () => {
  await fixture.seed({ 'keep.txt': 'k\n', 'gone.txt': 'g\n', 'old.txt': 'moved\n', 'run.sh': '#!/bin/sh\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(
    runner.work,
    'rm gone.txt; mv old.txt new.txt; chmod +x run.sh; ln -s keep.txt link; mkdir -p deep/er; printf "crlf\\r\\n" > deep/er/file.txt',
  )
  const { ref } = page.saves
  await untilRemote(page, async () =>
    (await fixture.remote('ls-tree', '-r', ref)).includes('deep/er/file.txt'),
  )
  const tree = await fixture.remote('ls-tree', '-r', '--format=%(objectmode) %(path)', ref)
  expect(tree.split('\n')).toEqual([
    '100644 deep/er/file.txt',
    '100644 keep.txt',
    '120000 link',
    '100644 new.txt',
    '100755 run.sh',
  ])
  expect(await fixture.remote('cat-file', '-s', `${ref}:deep/er/file.txt`)).toBe('6')
  expect(await fixture.remote('log', '-1', '--format=%s', ref)).toBe('Save changes from the terminal')
})

test('ignored files are left out unless the editor saved them or the user tracks them', async () => {
  await fixture.seed({ '.gitignore': '*.log\n.env\n', 'tracked.log': 'one\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await page.save('.env', 'SECRET=1\n')
  await shell(runner.work, 'echo x > debug.log; echo two > tracked.log; echo y > plain.txt')
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('ls-tree', ref)).includes('plain.txt'))
  const names = (await fixture.remote('ls-tree', '--name-only', ref)).split('\n')
  expect(names).toEqual(['.env', '.gitignore', 'plain.txt', 'tracked.log'])
  expect(await fixture.remote('show', `${ref}:tracked.log`)).toBe('two')
})

test("the user's commits and branches arrive with the saves, and earlier saves stay reachable", async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await page.save('b.txt', 'b\n')
  const first = (await page.durable()).commit!
  await shell(runner.work, 'git add -A && git commit -qm "Add b" && git branch feature && git tag v1')
  const head = (await shell(runner.work, 'git rev-parse HEAD')).trim()
  const refs = async (): Promise<string> =>
    fixture.remote('for-each-ref', '--format=%(refname) %(objectname)')
  const { ref } = page.saves
  await untilRemote(page, async () => (await refs()).includes(`refs/tags/v1 ${head}`))
  expect(await refs()).toContain(`refs/heads/main ${head}`)
  expect(await refs()).toContain(`refs/heads/feature ${head}`)
  await page.save('c.txt', 'c\n')
  await page.durable()
  await fixture.remote('merge-base', '--is-ancestor', head, ref)
  await fixture.remote('merge-base', '--is-ancestor', first, ref)

  await shell(runner.work, 'git branch -D feature -q && git commit -q --amend -m "Add b, better"')
  const amended = (await shell(runner.work, 'git rev-parse HEAD')).trim()
  await untilRemote(page, async () => (await refs()).includes(`refs/heads/main ${amended}`))
  expect(await refs()).not.toContain('refs/heads/feature')
})

test('a branch that somebody else moved on the remote is not overwritten, and saves go on', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  const tree = await fixture.remote('rev-parse', 'main^{tree}')
  const identity = ['-c', 'user.name=Bob', '-c', 'user.email=bob@example.com']
  const foreign = await fixture.remote(...identity, 'commit-tree', '-m', 'Foreign', '-p', 'main', tree)
  await fixture.remote('update-ref', 'refs/heads/main', foreign)
  await shell(runner.work, 'echo mine > a.txt && git commit -qam Mine')
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('show', `${ref}:a.txt`)) === 'mine')
  expect(await fixture.remote('rev-parse', 'main')).toBe(foreign)
  await page.savesBecome((saves) => saves.state === 'durable')
})

test('a hundred saves at once are all acknowledged', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await Promise.all(Array.from({ length: 100 }, (_, n) => page.save(`files/${n}.txt`, `${n}\n`)))
  const { ref } = await page.durable()
  expect((await fixture.remote('ls-tree', '--name-only', `${ref}:files`)).split('\n')).toHaveLength(100)
  expect(await fixture.remote('rev-list', '--count', `main..${ref}`)).toBe('100')
  const pushes = fixture.host.requests.filter((request) => request === 'git-receive-pack')
  expect(pushes.length).toBeLessThan(100)
})

test('a save is refused when the file changed on disk, and accepted again when asked twice', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  const { version } = await page.ask('files.read', { path: 'a.txt' })
  await shell(runner.work, 'echo terminal > a.txt')
  await expect(page.save('a.txt', 'editor\n', version)).rejects.toMatchObject({ code: 'file_changed' })
  await expect(page.save('new.txt', 'x', version)).rejects.toMatchObject({ code: 'file_changed' })
  expect(await readFile(join(runner.work, 'a.txt'), 'utf8')).toBe('terminal\n')
  const payload = { saveId: randomUUID(), path: 'b.txt', content: 'b\n', baseVersion: null }
  expect(await page.ask('saves.save', payload)).toEqual(await page.ask('saves.save', payload))
})

test('a save keeps the mode of the file and refuses symbolic links', async () => {
  await fixture.seed({ 'run.sh': '#!/bin/sh\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(runner.work, 'chmod 755 run.sh; ln -s run.sh link; ln -s /etc outside')
  const { version } = await page.ask('files.read', { path: 'run.sh' })
  await page.save('run.sh', '#!/bin/bash\n', version)
  expect((await stat(join(runner.work, 'run.sh'))).mode & 0o777).toBe(0o755)
  await expect(page.save('link', 'x', version)).rejects.toMatchObject({ code: 'not_a_file' })
  await expect(page.save('outside/x', 'x')).rejects.toMatchObject({ code: 'outside_workspace' })
  const { ref } = await page.durable()
  expect(await fixture.remote('ls-tree', ref, 'run.sh')).toMatch(/^100755/)
})

test.each(['refuse', 'reset'] as const)(
  'when the remote does not serve (%s), saves wait and recover',
  async (how) => {
    await fixture.seed({ 'a.txt': 'a\n' })
    const runner = await fixture.run()
    const page = await runner.connect()
    fixture.host.behaviour = how
    await page.save('b.txt', 'b\n')
    const failing = await page.savesBecome((saves) => saves.state === 'failing')
    expect(failing.pending).toHaveLength(1)
    expect(failing.problem).toMatch(/not reaching the repository/)
    fixture.host.behaviour = 'serve'
    const { ref, pending } = await page.durable()
    expect(pending).toEqual([])
    expect(await fixture.remote('show', `${ref}:b.txt`)).toBe('b')
  },
)

test('a push whose answer was lost is recognised as done', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  fixture.host.behaviour = 'break'
  await page.save('b.txt', 'b\n')
  const { ref, commit } = await page.durable()
  expect(await fixture.remote('rev-parse', ref)).toBe(commit)
  expect(fixture.host.requests.filter((request) => request === 'git-receive-pack')).toHaveLength(1)
})

test('a token that the remote no longer accepts is renewed at once', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  fixture.host.token = 'another'
  await page.save('b.txt', 'b\n')
  await page.durable()
  expect(fixture.host.renewals).toBe(1)
})

test.each([
  ['made the repository anew', 'rm -rf .git && git init -q -b main'],
  ['pruned what was staged', 'git reset -q && git reflog expire --expire=now --all && git gc -q --prune=now'],
])('saves go on after the user %s', async (_, script) => {
  await fixture.seed({ 'src/a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(runner.work, 'echo staged > src/s.txt && git add src/s.txt')
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('ls-tree', '-r', ref)).includes('src/s.txt'))
  await shell(runner.work, script)
  await page.save('src/b.txt', 'b\n')
  await page.durable()
  expect(await fixture.remote('ls-tree', '-r', '--name-only', ref)).toBe('src/a.txt\nsrc/b.txt\nsrc/s.txt')
  expect(await fixture.remote('rev-parse', 'main')).toMatch(/^[0-9a-f]{40}$/)
  await shell(runner.work, 'echo t > src/t.txt')
  await untilRemote(page, async () => (await fixture.remote('ls-tree', '-r', ref)).includes('src/t.txt'))
  await fixture.remote('fsck', '--strict')
})

test('a token that ran out while the remote was away is renewed', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  fixture.host.behaviour = 'refuse'
  await page.save('b.txt', 'b\n')
  await page.savesBecome(({ state }) => state === 'failing')
  fixture.host.token = 'what a platform expects whose clock went on'
  fixture.host.behaviour = 'serve'
  const { ref } = await page.durable()
  expect(await fixture.remote('show', `${ref}:b.txt`)).toBe('b')
  expect(fixture.host.renewals).toBe(1)
})
