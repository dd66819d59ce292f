import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import type { GitProblem, RequestName, RequestPayload } from '../src/protocol.ts'
import { createFixture, shell } from './workspace-fixture.ts'
import type { Fixture, Page, RunningRunner } from './workspace-fixture.ts'

let fixture: Fixture
let runner: RunningRunner
let page: Page
const LINES = Array.from({ length: 30 }, (_, n) => `line ${n}`)
const TEXT = `${LINES.join('\n')}\n`
const EDITED = TEXT.replace('line 2\n', 'LINE 2\n').replace('line 25\n', 'LINE 25\n')

beforeEach(async () => {
  fixture = await createFixture()
  await fixture.seed({ 'a.txt': TEXT, 'b.txt': 'b\n' })
  const upstream = join(fixture.folder, 'upstream.git')
  await shell(fixture.folder, `git clone -q --bare remote.git upstream.git`)
  runner = await fixture.run({ upstream })
  page = await runner.connect()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const write = (path: string, text: string): Promise<void> => writeFile(join(runner.work, path), text)
const git = async (args: string): Promise<string> => (await shell(runner.work, `git ${args}`)).trimEnd()

/** What git is said to have refused. */
async function refused<N extends RequestName>(
  name: N,
  payload: RequestPayload<N>,
): Promise<GitProblem & { message: string }> {
  const reply = await page.request(name, payload)
  if (reply.ok || !reply.error.git)
    throw new Error(`${name} was not refused by git: ${JSON.stringify(reply)}`)
  return { ...reply.error.git, message: reply.error.message }
}

/** Somebody else's commit on the upstream. */
async function pushElsewhere(path: string, text: string): Promise<void> {
  const identity = '-c user.name=Else -c user.email=else@example.com'
  await shell(
    fixture.folder,
    `rm -rf other && git clone -q upstream.git other && cd other && printf %s '${text}' > ${path} && git add -A && git ${identity} commit -qm Elsewhere && git push -q`,
  )
}

test('stages, unstages and commits as git sees it', async () => {
  await write('b.txt', 'changed\n')
  await write('new file.txt', 'new\n')
  await shell(runner.work, 'git mv a.txt "moved ü.txt"')
  const status = await page.ask('git.status', {})
  expect(status).toMatchObject({ branch: 'main', state: 'none', conflicts: [], truncated: false })
  expect(status.staged).toEqual([{ path: 'moved ü.txt', kind: 'renamed', from: 'a.txt', submodule: false }])
  expect(status.unstaged.map(({ path, kind }) => [path, kind])).toEqual([
    ['b.txt', 'modified'],
    ['new file.txt', 'untracked'],
  ])
  await page.ask('git.stage', { paths: ['new file.txt', 'b.txt'] })
  expect(await git('-c core.quotePath=false status --porcelain')).toBe(
    'M  b.txt\nR  a.txt -> "moved ü.txt"\nA  "new file.txt"',
  )
  await page.ask('git.unstage', { paths: ['moved ü.txt', 'a.txt', 'new file.txt'] })
  expect(await git('diff --cached --name-only')).toBe('b.txt')
  expect((await page.ask('git.messages', {})).suggestion).toBe('Update b.txt')
  const told = page.next('git.changed')
  const { subject } = await page.ask('git.commit', { message: 'One\n\nbody', amend: false, all: false })
  await told
  expect([subject, await git('log -1 --format=%an:%B')]).toEqual(['One', 'Alice:One\n\nbody'])
  await page.ask('git.commit', { message: 'Two', amend: true, all: true })
  expect(await git('log --format=%s')).toBe('Two\nSeed')
  expect(await git('status --porcelain')).toBe('')
  expect((await refused('git.commit', { message: 'x', amend: false, all: false })).kind).toBe('nothing')
})

test('one hunk is staged, unstaged and discarded; one that is gone is refused', async () => {
  await write('a.txt', EDITED)
  const { hunks } = await page.ask('git.hunks', { path: 'a.txt', staged: false })
  expect(hunks).toHaveLength(2)
  const [first, second] = hunks
  await page.ask('git.hunk', { path: 'a.txt', id: second!.id, act: 'stage' })
  expect(await git('show :a.txt')).toBe(TEXT.replace('line 25\n', 'LINE 25\n').trimEnd())
  const { hunks: staged } = await page.ask('git.hunks', { path: 'a.txt', staged: true })
  await page.ask('git.hunk', { path: 'a.txt', id: staged[0]!.id, act: 'unstage' })
  expect(await git('diff --cached --name-only')).toBe('')
  await page.ask('git.hunk', { path: 'a.txt', id: first!.id, act: 'discard' })
  expect(await readFile(join(runner.work, 'a.txt'), 'utf8')).toBe(TEXT.replace('line 25\n', 'LINE 25\n'))
  expect((await refused('git.hunk', { path: 'a.txt', id: first!.id, act: 'stage' })).kind).toBe('stale')
})

test('what is discarded is in a save', async () => {
  await write('b.txt', 'precious\n')
  await write('untracked.txt', 'precious too\n')
  await page.ask('git.discard', { paths: ['b.txt', 'untracked.txt'] })
  expect(await git('status --porcelain')).toBe('')
  const { ref } = await page.durable()
  const saves = await fixture.remote('log', '--format=%H', ref, '--', 'untracked.txt')
  const holding = saves.split('\n').at(-1) ?? ''
  expect(await fixture.remote('show', `${holding}:b.txt`)).toBe('precious')
  expect(await fixture.remote('show', `${holding}:untracked.txt`)).toBe('precious too')
})

test('a hook of the repository runs, and what it says is told', async () => {
  await write('b.txt', 'x\n')
  await shell(
    runner.work,
    'printf "#!/bin/sh\\necho no tabs please >&2\\nexit 1\\n" > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit',
  )
  const { kind, output } = await refused('git.commit', { message: 'x', amend: false, all: true })
  expect([kind, output]).toEqual(['hook', 'no tabs please'])
  await shell(runner.work, 'rm .git/hooks/pre-commit && touch .git/index.lock')
  const locked = await refused('git.stage', { paths: ['b.txt'] })
  expect([locked.kind, locked.message.includes('.git/index.lock')]).toEqual(['locked', true])
})

test('pushes, pulls, and says so when both have moved', async () => {
  await page.ask('git.fetch', {})
  await write('b.txt', 'mine\n')
  await page.ask('git.commit', { message: 'Mine', amend: false, all: true })
  await page.ask('git.push', { replace: false })
  expect(await shell(fixture.folder, 'git -C upstream.git log -1 --format=%s main')).toBe('Mine\n')
  expect((await page.ask('git.status', {})).upstream).toEqual({ name: 'origin/main', ahead: 0, behind: 0 })

  await pushElsewhere('theirs.txt', 'theirs\n')
  await write('c.txt', 'c\n')
  await page.ask('git.commit', { message: 'More', amend: false, all: true })
  expect((await refused('git.push', { replace: false })).kind).toBe('diverged')
  expect((await refused('git.pull', { how: 'ff' })).kind).toBe('diverged')
  expect((await refused('git.push', { replace: true })).kind).toBe('diverged')
  expect(await page.ask('git.pull', { how: 'rebase' })).toEqual({ outcome: 'done' })
  await page.ask('git.push', { replace: false })
  expect(await shell(fixture.folder, 'git -C upstream.git log --format=%s main')).toBe(
    'More\nElsewhere\nMine\nSeed\n',
  )

  await page.ask('git.commit', { message: 'Amended', amend: true, all: false })
  expect((await refused('git.push', { replace: false })).kind).toBe('rewritten')
  await page.ask('git.push', { replace: true })
  expect(await shell(fixture.folder, 'git -C upstream.git log -1 --format=%s main')).toBe('Amended\n')
})

test.for([
  ['ours', 'mine\n'],
  ['theirs', 'theirs\n'],
  ['both', 'mine\ntheirs\n'],
] as const)('a conflict is settled by %s, and the merge goes on', async ([choice, text]) => {
  await page.ask('git.fetch', {})
  await pushElsewhere('b.txt', 'theirs\n')
  await write('b.txt', 'mine\n')
  await page.ask('git.commit', { message: 'Mine', amend: false, all: true })
  expect(await page.ask('git.pull', { how: 'merge' })).toEqual({ outcome: 'conflicts' })
  const status = await page.ask('git.status', {})
  expect(status).toMatchObject({ state: 'merge', conflicts: [{ path: 'b.txt', kind: 'both-modified' }] })
  expect(await page.ask('git.content', { path: 'b.txt', at: 'theirs' })).toEqual({ content: 'theirs\n' })
  expect((await refused('git.continue', {})).kind).toBe('unmerged')
  expect((await refused('git.resolve', { path: 'b.txt', choice: 'mark' })).kind).toBe('unmerged')
  await page.ask('git.resolve', { path: 'b.txt', choice })
  expect(await readFile(join(runner.work, 'b.txt'), 'utf8')).toBe(text)
  if (choice === 'ours') await page.ask('git.abort', {})
  else await page.ask('git.continue', {})
  const after = await page.ask('git.status', {})
  expect([after.state, after.conflicts, after.staged]).toEqual(['none', [], []])
})

test('branches are made, switched and deleted, and never with work lost', async () => {
  await page.ask('git.createBranch', { branch: 'feature' })
  await write('b.txt', 'feature\n')
  await page.ask('git.commit', { message: 'Feature', amend: false, all: true })
  await write('b.txt', 'not committed\n')
  expect((await refused('git.switch', { branch: 'main', remote: false })).kind).toBe('overwritten')
  await page.ask('git.discard', { paths: ['b.txt'] })
  await page.ask('git.switch', { branch: 'main', remote: false })
  expect((await page.ask('git.branches', {})).map(({ name, current }) => [name, current])).toEqual([
    ['main', true],
    ['feature', false],
  ])
  expect((await refused('git.deleteBranch', { branch: 'feature', force: false })).kind).toBe('not_merged')
  await page.ask('git.deleteBranch', { branch: 'feature', force: true })
  await shell(runner.work, 'git checkout -q --detach')
  expect((await refused('git.push', { replace: false })).kind).toBe('detached')
})

test('an upstream that is not there, or none, is said in words', async () => {
  await shell(runner.work, 'git remote set-url origin http://127.0.0.1:9/none.git')
  expect((await refused('git.fetch', {})).kind).toBe('unreachable')
  await shell(runner.work, `git remote set-url origin ${fixture.host.url}`)
  expect((await refused('git.fetch', {})).kind).toBe('auth')
  await page.ask('git.fetch', { credentials: { username: 'runner', token: fixture.host.token } })
  expect(await shell(runner.work, 'cat .git/config')).not.toContain(fixture.host.token)
  await shell(runner.work, 'git remote remove origin')
  expect((await refused('git.push', { replace: false })).kind).toBe('no_remote')
})
