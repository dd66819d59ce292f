import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { watchDeep } from './watch-deep.ts'

const run = promisify(execFile)

test('folders that are made within folders that are made are watched, too', async () => {
  const root = await mkdtemp(join(tmpdir(), 'watch-'))
  const changed = new Set<string>()
  let tell = Promise.withResolvers<void>()
  const errors: Error[] = []
  const watch = await watchDeep(root, ['**/node_modules'], {
    onEvents(events) {
      for (const { path, type } of events) if (type === 'update') changed.add(path.slice(root.length + 1))
      tell.resolve()
    },
    onError: (error) => errors.push(error),
  })
  /** Changes a file until that is told: a folder that nobody watches would never be. */
  async function untilTold(path: string): Promise<void> {
    while (!changed.has(path)) {
      tell = Promise.withResolvers()
      await run('bash', ['-c', `echo more >> '${path}'`], { cwd: root })
      await Promise.race([tell.promise, new Promise((resolve) => setTimeout(resolve, 200))])
    }
  }
  try {
    for (let round = 0; round < 6; round += 1) {
      const make = `rm -rf a; mkdir -p a/b/c; echo 1 > a/b/c/f${round}`
      await run('bash', ['-c', `${make}; ${make}`], { cwd: root })
      await untilTold(`a/b/c/f${round}`)
    }
    await run('bash', ['-c', 'mkdir -p a/b/c/d/e; echo 2 > a/b/c/d/e/g'], { cwd: root })
    await untilTold('a/b/c/d/e/g')
    expect(errors).toEqual([])
  } finally {
    await watch.unsubscribe()
    await rm(root, { recursive: true, force: true })
  }
})
