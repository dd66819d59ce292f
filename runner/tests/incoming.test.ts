import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, shell } from './workspace-fixture.ts'
import type { Fixture } from './workspace-fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await createFixture()
  await fixture.seed({ 'a.txt': 'a\n' })
})
afterEach(() => fixture[Symbol.asyncDispose]())

/** Pushes a commit to the workspace's remote, as from a laptop. */
async function pushFromLaptop(script: string): Promise<void> {
  await shell(
    fixture.folder,
    `[ -d laptop ] || git clone -q ${fixture.host.repository} laptop
     cd laptop; git config user.name Laptop; git config user.email laptop@example.com
     git pull -q --rebase; ${script}; git push -q origin HEAD`,
  )
  fixture.host.notify()
}

const COMMIT = 'echo laptop > laptop.txt; git add .; git commit -qm Laptop'

test('a push from elsewhere is taken when the branch is clean', async () => {
  const runner = await fixture.run()
  const page = await runner.connect()
  const moved = page.next('head.changed')
  await pushFromLaptop(COMMIT)
  expect((await moved).commit).toBe(await fixture.remote('rev-parse', 'main'))
  expect(await shell(runner.work, 'cat laptop.txt; git status --porcelain')).toBe('laptop\n')
  await pushFromLaptop('git checkout -qb topic')
  await expect.poll(() => shell(runner.work, 'git branch --list topic')).toContain('topic')
  expect(page.hello.incoming).toEqual([])
})

test('over changes that are not committed it is offered, and merged when the person says so', async () => {
  const runner = await fixture.run()
  const page = await runner.connect()
  await page.save('mine.txt', 'mine\n')
  await page.durable()
  const told = page.next('incoming.changed')
  await pushFromLaptop(COMMIT)
  const [offer] = await told
  expect(offer).toMatchObject({ branch: 'main', behind: 1, ahead: 0 })
  expect(await shell(runner.work, 'ls')).toBe('a.txt\nmine.txt\n')
  await page.ask('incoming.resolve', { branch: 'main', keep: 'merge' })
  expect(await shell(runner.work, 'ls; git log -1 --format=%s')).toBe('a.txt\nlaptop.txt\nmine.txt\nLaptop\n')
})

test('what has diverged is never forced; keeping mine replaces it', async () => {
  const runner = await fixture.run()
  const page = await runner.connect()
  fixture.host.behaviour = 'refuse'
  await shell(runner.work, 'echo mine > mine.txt; git add .; git commit -qm Mine')
  await page.savesBecome((saves) => saves.state === 'failing')
  const told = page.next('incoming.changed')
  await pushFromLaptop(COMMIT)
  fixture.host.behaviour = 'serve'
  fixture.host.notify()
  expect(await told).toMatchObject([{ branch: 'main', behind: 1, ahead: 1 }])
  await page.durable()
  expect(await fixture.remote('log', '-1', '--format=%s', 'main')).toBe('Laptop')
  await page.ask('incoming.resolve', { branch: 'main', keep: 'mine' })
  while ((await fixture.remote('log', '-1', '--format=%s', 'main')) !== 'Mine')
    await page.next('saves.changed')
})
