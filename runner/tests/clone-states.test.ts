import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, shell } from './workspace-fixture.ts'
import type { Fixture, RunningRunner } from './workspace-fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await createFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

/** What a user sees of a clone, wherever it is; commit ids stand for all that they contain. */
const LOOK = `export GIT_OPTIONAL_LOCKS=0
  git status --porcelain=v2 --branch; git status; git stash list; git ls-files -s -v
  git diff --cached; git diff --stat; git for-each-ref
  cat .git/config; git config core.hooksPath || true
  find . -path ./.git -prune -o -printf '%P %y %m %l\\n' | sort
  find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 -r sha1sum`

const TWO_BRANCHES = `
  git checkout -q -b other; echo other > a.txt; git commit -qam Other
  git checkout -q main; echo main > a.txt; git commit -qam Main`

/** By name: a script that leaves the clone in some state, and one that a user goes on with. */
const STATES: Record<string, [script: string, goOn: string]> = {
  'a merge with conflicts': [
    `${TWO_BRANCHES}; git merge other || true; echo note > note.txt; git add note.txt`,
    'echo both > a.txt; git add a.txt; git commit -qm Merged; git rev-parse HEAD^2',
  ],
  'a merge that is aborted': [`${TWO_BRANCHES}; git merge other || true`, 'git merge --abort; cat a.txt'],
  'a rebase that stopped': [
    `${TWO_BRANCHES}; echo more > more.txt; git add .; git commit -qm More; git rebase other || true`,
    'echo both > a.txt; git add a.txt; GIT_EDITOR=true git rebase --continue > rebase.log; git log --format=%s',
  ],
  'a rebase that is aborted': [
    `${TWO_BRANCHES}; git rebase other || true`,
    'git rebase --abort; git log --format=%s',
  ],
  'a cherry-pick of several': [
    `${TWO_BRANCHES}; git checkout -q other; echo 1 > one.txt; git add .; git commit -qm One
     git checkout -q main; git cherry-pick other other~1 || true`,
    'echo both > a.txt; git add a.txt; GIT_EDITOR=true git cherry-pick --continue > pick.log; git log --format=%s',
  ],
  'a revert with conflicts': [
    'echo 2 > a.txt; git commit -qam Two; echo 3 > a.txt; git commit -qam Three; git revert HEAD~1 || true',
    'git revert --abort; cat a.txt',
  ],
  'a bisect': [
    `for n in 1 2 3 4 5 6; do echo $n > a.txt; git commit -qam $n; done
     git bisect start -q; git bisect bad; git bisect good HEAD~5`,
    'git bisect good; git bisect reset; git log --format=%s -1',
  ],
  'two stashes': [
    `echo 1 > a.txt; git stash push -q -m first; echo 2 > new.txt; git add new.txt; git stash push -q -m second
     git pack-refs --all`,
    'git stash pop -q; git stash pop -q; cat a.txt new.txt; git stash list',
  ],
  'flags of the index': [
    `echo x > b.txt; echo y > c.txt; echo new > later.txt; git add b.txt c.txt; git commit -qm Files
     git update-index --skip-worktree b.txt; git update-index --assume-unchanged c.txt; git add -N later.txt`,
    'git ls-files -v; git diff --stat',
  ],
  'configuration, hooks and excludes': [
    `git remote add elsewhere https://example.com/x.git; git config user.signingkey ABC
     echo secret > .git/info/exclude; echo 1 > secret
     printf '#!/bin/sh\\necho ran > ran.txt\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; rm secret`,
    'git remote -v; echo 9 > a.txt; git commit -qam Nine; cat ran.txt',
  ],
}

test.each(Object.entries(STATES))(
  '%s is left as it is by saves, and comes back',
  async (_, [script, goOn]) => {
    await fixture.seed({ 'a.txt': 'a\n', 'run.sh': '#!/bin/sh\n' })
    const first = await fixture.run()
    await shell(first.work, script)
    const page = await first.connect()
    const before = await look(first)
    await page.save('from-the-page.txt', 'page\n')
    await shell(first.work, 'rm from-the-page.txt')
    expect(await first.stop()).toBe(0)
    expect(await look(first)).toEqual(before)

    const second = await fixture.run()
    expect(second.stages.at(-1)).toEqual({ stage: 'ready', detail: null })
    expect((await look(second)).seen).toBe(before.seen)
    expect(await shell(second.work, 'git fsck --no-dangling --strict 2>&1 | grep -v notice || true')).toBe('')
    expect(await shell(second.work, goOn)).toBe(await shell(first.work, goOn))
    await fixture.remote('fsck', '--strict')
  },
)

async function look({ work }: RunningRunner): Promise<{ seen: string; reflog: string; index: string }> {
  const seen = await shell(work, LOOK)
  const reflog = await shell(work, 'git reflog --all')
  return { seen, reflog, index: await readFile(join(work, '.git/index'), 'hex') }
}
