import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, shell, untilRemote } from './workspace-fixture.ts'
import type { Fixture, RunningRunner } from './workspace-fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await createFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const IDENTITY = `git config user.name Bob; git config user.email bob@example.com`
/** A library with two branches, an annotated tag, a stash, staged, changed and untracked files. */
const LIBRARY = `${IDENTITY}
  echo 1 > lib.c; mkdir inc; echo h > inc/lib.h; git add .; git commit -qm One; git tag -am 'The first' v1
  git checkout -q -b dev; echo 2 > lib.c; git commit -qam Two; git checkout -q main
  echo s > lib.c; git stash push -q -m mine
  echo staged > inc/lib.h; git add inc; echo changed > lib.c; echo new > untracked.c`

/** By name: a script for the workspace, and the repositories in it. */
const SCENES: Record<string, [script: string, repositories: string[]]> = {
  'a repository that was made in the workspace': [`git init -q -b main lib; cd lib; ${LIBRARY}`, ['lib']],
  'a repository without a commit': [`git init -q -b main lib; echo 1 > lib/a; cd lib; git add a`, ['lib']],
  'one in another, with a detached HEAD and a merge under way': [
    `git init -q -b main outer; cd outer; ${IDENTITY}; echo o > o; git add o; git commit -qm Outer
     git init -q -b main 'in ner'; cd 'in ner'; ${LIBRARY}; git commit -qam Main; git checkout -q --detach
     git merge dev > /dev/null || true`,
    ['outer', 'outer/in ner'],
  ],
  'a submodule with work of its own': [
    `git init -q -b main ../source; (cd ../source; ${LIBRARY})
     git -c protocol.file.allow=always submodule --quiet add ../source lib; git commit -qm 'Add lib'
     cd lib; ${IDENTITY}; echo mine > lib.c; git commit -qam Mine; echo more > more.c`,
    ['lib'],
  ],
  'a folder that became a repository': [
    `mkdir app; echo 1 > app/a.js; git add app; git commit -qm App; cd app; git init -q -b main; ${IDENTITY}
     git add .; git commit -qm First`,
    ['app'],
  ],
}

const LOOK = `export GIT_OPTIONAL_LOCKS=0
  git status --porcelain=v2 --branch; git stash list; git ls-files -s; git diff; git diff --cached
  git for-each-ref; git cat-file -p v1 2>&1 || true; git config --list --local; git fsck --no-dangling
  find . -name .git -prune -o -printf '%P %y %m\\n' | sort
  find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 -r sha1sum`

async function look({ work }: RunningRunner, repositories: string[]): Promise<string> {
  const seen = await Promise.all(['', ...repositories].map((path) => shell(join(work, path), LOOK)))
  return seen.join('\n----\n')
}

test.each(Object.entries(SCENES))('%s is kept whole and comes back', async (_, [script, repositories]) => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  await shell(first.work, script)
  const before = await look(first, repositories)
  const inside = `${repositories.at(-1)}/from-the-page.c`
  await page.save(inside, 'page\n')
  await untilRemote(
    page,
    async () => (await fixture.remote('show', `${page.saves.ref}:${inside}`)) === 'page',
  )
  await shell(first.work, `rm '${inside}'`)
  expect(await first.stop()).toBe(0)
  expect(page.saves.notKept).toEqual([])
  expect(await look(first, repositories)).toBe(before)

  const second = await fixture.run()
  expect(second.stages.at(-1)).toEqual({ stage: 'ready', detail: null })
  expect(await look(second, repositories)).toBe(before)
  // And it goes on: what is done there now is kept, too.
  const later = await second.connect()
  await shell(
    join(second.work, repositories.at(-1) ?? ''),
    `${IDENTITY}; git stash -q -u || true; echo l > late; git add late`,
  )
  const then = await look(second, repositories)
  expect(await second.stop()).toBe(0)
  expect(later.saves.notKept).toEqual([])
  const third = await fixture.run()
  expect(await look(third, repositories)).toBe(then)
  await fixture.remote('fsck', '--strict')
})

test('of linked work trees and shallow clones the files are kept, and the page is told', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(
    runner.work,
    `git worktree add -q ../linked -b linked; mv ../linked inside; git worktree repair inside
     git init -q -b main ../source; (cd ../source; ${LIBRARY}); git clone -q --depth 1 "file://$PWD/../source" shallow
     git clone -q --filter=blob:none "file://$PWD/../source" partial`,
  )
  const { notKept } = await page.savesBecome((saves) => saves.notKept.length === 3)
  expect(notKept.map(({ path, reason, message }) => `${path}, ${reason}: ${message}`)).toEqual([
    'inside, repository: it is a linked work tree: only its files are kept',
    'partial, repository: it is a partial clone: only its files are kept, not its history',
    'shallow, repository: it is a shallow clone: only its files are kept, not its history',
  ])
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('show', `${ref}:shallow/lib.c`)) === '1')
  expect(await fixture.remote('show', `${ref}:inside/a.txt`)).toBe('a')
  await shell(runner.work, 'rm -rf inside shallow partial; git worktree prune')
  await page.savesBecome((saves) => saves.notKept.length === 0)
})

test('a repository that is deleted takes its files along, and nothing else', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  const first = await fixture.run()
  const page = await first.connect()
  await shell(first.work, `git init -q -b main lib; cd lib; ${LIBRARY}`)
  const { ref } = page.saves
  await untilRemote(page, async () => (await fixture.remote('show', `${ref}:lib/untracked.c`)) === 'new')
  await shell(first.work, 'rm -rf lib')
  await untilRemote(page, async () => (await fixture.remote('ls-tree', '--name-only', ref)) === 'a.txt')
  await page.save('b.txt', 'b\n')
  await page.durable()
  expect(await first.stop()).toBe(0)
  const second = await fixture.run()
  expect(existsSync(join(second.work, 'lib'))).toBe(false)
  expect(existsSync(join(second.work, 'b.txt'))).toBe(true)
})

test('a history that the remote does not take costs no save', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  await fixture.remote('config', 'receive.fsckObjects', 'true')
  const runner = await fixture.run()
  const page = await runner.connect()
  await shell(
    runner.work,
    `git init -q -b main old; cd old; echo 1 > lib.c; git add .; tree=$(git write-tree)
     printf 'tree %s\nauthor nobody 1 +0000\ncommitter nobody 1 +0000\n\nold\n' $tree > ../../commit
     git update-ref HEAD $(git hash-object --literally -t commit -w ../../commit)`,
  )
  const { notKept } = await page.savesBecome((saves) => saves.state === 'durable' && saves.notKept.length > 0)
  expect(notKept[0]?.message).toMatch(/only the files are kept, not the history: .*the objects/)
  await page.save('b.txt', 'b\n')
  const { ref } = await page.durable()
  expect(await fixture.remote('ls-tree', '-r', '--name-only', ref)).toBe('a.txt\nb.txt\nold/lib.c')
})
