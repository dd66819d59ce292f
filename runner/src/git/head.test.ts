import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { readHead, readState } from './head.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'head-'))
  git('init -q -b main')
})
afterEach(() => rm(folder, { recursive: true }))

function git(command: string): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com']
  return execFileSync('git', [...identity, ...command.split(' ')], { cwd: folder, encoding: 'utf8' }).trim()
}

const head = (): ReturnType<typeof readHead> => readHead(join(folder, '.git'))

test('HEAD is read as git reads it: unborn, loose, packed, detached', async () => {
  expect(await head()).toEqual({ ref: 'refs/heads/main', commit: null })
  git('commit -q --allow-empty -m one')
  const commit = git('rev-parse HEAD')
  expect(await head()).toEqual({ ref: 'refs/heads/main', commit })
  git('pack-refs --all')
  expect(await head()).toEqual({ ref: 'refs/heads/main', commit })
  git('symbolic-ref refs/heads/alias refs/heads/main')
  git('symbolic-ref HEAD refs/heads/alias')
  expect(await head()).toEqual({ ref: 'refs/heads/alias', commit })
  git('checkout -q --detach')
  expect(await head()).toEqual({ ref: null, commit })
})

test('the operation under way is told', async () => {
  git('commit -q --allow-empty -m one')
  expect(await readState(join(folder, '.git'))).toBe('none')
  git('bisect start')
  expect(await readState(join(folder, '.git'))).toBe('bisect')
})
