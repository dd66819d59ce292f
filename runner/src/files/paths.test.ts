import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createWorkPaths } from './paths.ts'
import type { WorkPaths } from './paths.ts'

let root: string
let paths: WorkPaths
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'paths-')))
  paths = createWorkPaths(root)
  await mkdir(join(root, 'src'))
  await mkdir(join(root, '.git'))
  await writeFile(join(root, 'src/a'), '')
  await symlink('src', join(root, 'inside'))
  await symlink('..', join(root, 'outside'))
  await symlink('.git', join(root, 'repository'))
  await symlink('src/gone', join(root, 'dangling'))
})
afterEach(() => rm(root, { recursive: true }))

test('symbolic links among the parents are resolved as long as they stay inside', async () => {
  expect((await paths.locate('inside/a')).relative).toBe('src/a')
  expect((await paths.locate('inside/new/deep')).relative).toBe('src/new/deep')
  expect(await paths.follow('inside')).toBe(join(root, 'src'))
  expect((await paths.locate('inside')).stats?.isSymbolicLink()).toBe(true)
})

test.each(['outside/x', 'outside/x/y', 'repository/config', 'repository/a/b'])(
  '%s is refused',
  async (path) => {
    await expect(paths.locate(path)).rejects.toMatchObject({ code: 'outside_workspace' })
  },
)

test('reading does not leave the work tree', async () => {
  await expect(paths.follow('outside')).rejects.toMatchObject({ code: 'outside_workspace' })
  await expect(paths.follow('repository')).rejects.toMatchObject({ code: 'outside_workspace' })
  await expect(paths.follow('dangling')).rejects.toMatchObject({ code: 'not_found' })
})
