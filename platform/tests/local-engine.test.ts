import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { describeEngine } from './support/engine-contract.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(() => platform[Symbol.asyncDispose]())

describe('the local engine', () => {
  describeEngine(() => ({
    owner: platform,
    remains: async (id) => {
      const disk = join(platform.dataDir, 'run', id)
      return access(disk).then(
        () => [disk],
        () => [],
      )
    },
  }))
})
