import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture } from './workspace-fixture.ts'
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
  const { commit, ref } = await page.durable()
  expect(await fixture.remote('rev-parse', ref)).toBe(commit)
  expect(await fixture.remote('show', `${ref}:src/app.ts`)).toBe('hello')
  await fixture.remote('fsck', '--strict')
  console.log(await fixture.remote('log', '--format=fuller', ref))
  expect(await runner.stop()).toBe(0)
})
