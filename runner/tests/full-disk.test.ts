import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { createFixture, shell } from './workspace-fixture.ts'

const run = promisify(execFile)

/** A small file system of its own; null where nobody may mount one. */
async function mountSmallDisk(path: string): Promise<AsyncDisposable | null> {
  await mkdir(path, { recursive: true })
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'codenest', path])
  } catch {
    return null
  }
  return { [Symbol.asyncDispose]: async () => void (await run('umount', ['--lazy', path])) }
}

test('a full disk is said, nothing counts as saved meanwhile, and all is saved once there is room', async (context) => {
  await using fixture = await createFixture()
  const root = join(fixture.folder, 'small')
  await using disk = await mountSmallDisk(root)
  context.skip(disk === null, 'a small file system (to be mounted by root): a full disk')
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run({ root })
  const page = await runner.connect()
  const first = await page.save('b.txt', 'b\n')
  await page.durable()
  await shell(runner.work, 'cat /dev/zero > ../filler 2> /dev/null || true; echo x > c.txt || true')
  const answer = await page.request('saves.save', {
    saveId: 'full',
    path: 'b.txt',
    content: 'b'.repeat(100_000),
    baseVersion: first,
  })
  expect(answer).toMatchObject({
    ok: false,
    error: { message: expect.stringMatching(/disk of this workspace is full/) },
  })
  const { problem } = await page.savesBecome((saves) => saves.state === 'failing')
  expect(problem).toMatch(/The disk of this workspace is full/)
  expect(await readFile(join(runner.work, 'b.txt'), 'utf8')).toBe('b\n')
  await shell(runner.work, 'rm ../filler; echo room > c.txt')
  // Nobody has to repeat the save that failed for the others to be kept.
  while ((await fixture.remote('show', `${page.saves.ref}:c.txt`).catch(() => '')) !== 'room')
    await page.next('saves.changed')
  const saved = await page.ask('saves.save', {
    saveId: 'full',
    path: 'b.txt',
    content: 'b'.repeat(100_000),
    baseVersion: first,
  })
  expect(saved.version).toMatch(/^[0-9a-f]{40}$/)
  const { ref } = await page.durable()
  expect((await fixture.remote('show', `${ref}:b.txt`)).length).toBe(100_000)
  await fixture.remote('fsck', '--strict')
  expect(await runner.stop()).toBe(0)
})
