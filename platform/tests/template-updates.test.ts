import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Remotes } from '../src/git/remotes.ts'
import type { PreparedTemplateUpdate, TemplateUpdate, Workspace } from '../src/protocol.ts'
import { TEMPLATE_BASE, TEMPLATE_NEXT } from '../src/template-updates/refs.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { moveTemplate, writeTemplates } from './support/moving-templates.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const MANIFEST = {
  title: 'Greeter',
  description: 'Greets.',
  tags: ['greeting'],
  parameters: {
    type: 'object',
    properties: {
      name: { type: 'string', default: 'World' },
      tone: { type: 'string', enum: ['warm', 'cool'], default: 'warm' },
    },
  },
  run: 'cat greeting.txt',
  ports: [3000],
}
const manifest = (change: object = {}): string => JSON.stringify({ ...MANIFEST, ...change })
const LINES = Array.from({ length: 9 }, (_, n) => `line ${n}\n`).join('')
const FILES = {
  'template.yaml': manifest(),
  'greeting.txt.hbs': `Hello, {{name}}, in a {{tone}} tone!\n${LINES}`,
  'docs/notes.md': 'Notes\n',
  'old.txt': 'old\n',
}
const NAMES = ['clean', 'conflict', 'answers', 'quiet', 'hostile', 'forked', 'kept', 'rewritten', 'before']

const store = new MemoryObjectStore()
const resources = new AsyncDisposableStack()
let platform: TestPlatform
let remotes: Remotes
beforeAll(async () => {
  const { path } = resources.use(await temporaryFolder())
  const templates = join(path, 'templates')
  await writeTemplates(templates, NAMES, FILES)
  platform = resources.use(await startPlatform({ bare: true, overrides: { store, templates } }))
  remotes = resources.use(await Remotes.open(store, join(path, 'cache')))
})
afterAll(() => resources[Symbol.asyncDispose]())

const move = (name: string, files: Record<string, string | null>): Promise<string> =>
  moveTemplate(remotes, name, files)
const workOf = (id: string): string => join(platform.dataDir, 'run', id, 'work')
const git = (id: string, ...args: string[]): Promise<string> => stockGit(workOf(id), ...args)
const read = (id: string, path: string): Promise<string> => readFile(join(workOf(id), path), 'utf8')

async function open(source: object): Promise<{ id: string; page: TestPage }> {
  const { status, body } = await platform.api('POST', '/workspaces', { source })
  expect([status, body['detail']]).toEqual([201, undefined])
  const id = String(body['id'])
  await platform.until(id, 'running')
  return { id, page: await openPage(platform, id) }
}

async function look(id: string): Promise<TemplateUpdate> {
  const { status, body } = await platform.api('GET', `/workspaces/${id}/template-update`)
  expect([status, body['detail']]).toEqual([200, undefined])
  return body as unknown as TemplateUpdate
}

async function prepare(id: string, change: object = {}): Promise<{ commit: string; base: string }> {
  const { latest, answers } = await look(id)
  const wanted = { revision: latest, parameters: answers, ...change }
  const { status, body } = await platform.api('POST', `/workspaces/${id}/template-update`, wanted)
  expect([status, body['detail']]).toEqual([200, undefined])
  const { commit, base } = body as unknown as PreparedTemplateUpdate
  return { commit: commit ?? '', base }
}

function originOf({ source }: Workspace): { revision: string; parameters: object } {
  const origin = 'workspace' in source ? source.origin : source
  if (!('template' in origin)) throw new Error('not from a template')
  return origin
}

/** Resolves when the fleet says that the workspace is at this revision. */
async function recorded(id: string, revision: string): Promise<void> {
  await expect
    .poll(async () => originOf(await platform.workspace(id)).revision, { timeout: 20_000, interval: 50 })
    .toBe(revision)
}

async function refsOf(id: string): Promise<Record<string, string>> {
  return (await remotes.repository(id).head())?.head.refs ?? {}
}

/** Takes refs out of a workspace's repository; returns what the first of them was. */
async function forget(id: string, ...refs: string[]): Promise<string | undefined> {
  const now = await refsOf(id)
  const updates = refs.map((ref) => ({ ref, old: now[ref] ?? '', new: '0'.repeat(40) }))
  await remotes.repository(id).publish({ updates, packs: [], by: 'test', atomic: true }, async () => {})
  return updates[0]?.old
}

describe('an update from a template', () => {
  it('is merged on a branch of its own, recorded when it is there, and taken over into the branch it came from', async () => {
    const { id, page } = await open({ template: 'clean', parameters: { name: 'Ada' } })
    using _ = page
    const [first, { revision }] = [await refsOf(id), originOf(await platform.workspace(id))]
    expect(await look(id)).toMatchObject({ available: false, latest: revision, revision, problem: null })
    const same = { revision, parameters: {} }
    expect((await platform.api('POST', `/workspaces/${id}/template-update`, same)).body['code']).toBe(
      'up_to_date',
    )

    await writeFile(join(workOf(id), 'greeting.txt'), `Good day, Ada!\n${LINES}`)
    await git(id, 'commit', '-qam', 'Mine')
    const next = await move('clean', {
      'greeting.txt.hbs': `${FILES['greeting.txt.hbs']}A last line for {{name}}\n`,
      'old.txt': null,
      'docs/more/new.md': 'New\n',
      'template.yaml': manifest({ run: 'cat greeting.txt docs/notes.md' }),
    })
    const update = await look(id)
    expect(update).toMatchObject({ available: true, title: 'Greeter', latest: next, revision })
    expect(update.answers).toEqual({ name: 'Ada', tone: 'warm' })
    expect(update.plan).toEqual({
      files: [
        { path: 'docs/more/new.md', status: 'added' },
        { path: 'greeting.txt', status: 'modified' },
        { path: 'old.txt', status: 'deleted' },
      ],
      launch: {
        before: { run: 'cat greeting.txt', ports: [3000] },
        after: { run: 'cat greeting.txt docs/notes.md', ports: [3000] },
      },
    })
    const moved = { revision, parameters: update.answers }
    expect((await platform.api('POST', `/workspaces/${id}/template-update`, moved)).body['code']).toBe(
      'template_moved',
    )

    const prepared = await prepare(id)
    // The first commit of the workspace is what the template gave: no clone shows the line of the template.
    expect(prepared.base).toBe(first['refs/heads/main'])
    expect(await prepare(id)).toEqual(prepared)
    expect(await stockGit('/', 'ls-remote', await platform.gitUrl(id))).not.toContain('codenest')
    // Nothing has changed yet but what is declared.
    expect(originOf(await platform.workspace(id)).revision).toBe(revision)
    expect(await git(id, 'branch', '--format=%(refname:short)')).toBe('main')

    expect(await page.request('git.takeUpdate', prepared)).toEqual({ outcome: 'done' })
    expect(await read(id, 'greeting.txt')).toBe(`Good day, Ada!\n${LINES}A last line for Ada\n`)
    expect(await git(id, 'log', '-1', '--format=%s')).toBe('Update from template clean')
    expect((await page.request('git.status', {})).home).toEqual({ branch: 'main', ahead: 2 })
    expect(await git(id, 'log', '-1', '--format=%s', 'main')).toBe('Mine')
    await recorded(id, next)
    expect((await look(id)).available).toBe(false)
    expect(await refsOf(id)).toMatchObject({ [TEMPLATE_BASE]: prepared.commit })
    expect((await refsOf(id))[TEMPLATE_NEXT]).toBeUndefined()

    expect(await page.request('git.finishUpdate', {})).toEqual({ outcome: 'done' })
    expect(await git(id, 'branch', '--format=%(refname:short)')).toBe('main')
    expect(await git(id, 'status', '--porcelain')).toBe('')
    expect((await page.request('git.status', {})).home).toBeNull()
    await expect
      .poll(async () => Object.keys(await refsOf(id)).filter((ref) => ref.startsWith('refs/heads/')))
      .toEqual(['refs/heads/main'])
    expect(await page.request('git.takeUpdate', prepared)).toEqual({ outcome: 'up-to-date' })

    // The next one is about what has changed since, and nothing else.
    await move('clean', { 'docs/notes.md': 'Better notes\n' })
    expect((await look(id)).plan).toEqual({
      files: [{ path: 'docs/notes.md', status: 'modified' }],
      launch: null,
    })
    const second = await prepare(id)
    expect(second.base).toBe(prepared.commit)
    expect(await page.request('git.takeUpdate', second)).toEqual({ outcome: 'done' })
    expect(await read(id, 'docs/notes.md')).toBe('Better notes\n')
    expect(await git(id, 'diff', '--name-only', 'main')).toBe('docs/notes.md')
    // How it is run changes with the next start.
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await platform.api('POST', `/workspaces/${id}/start`)
    expect((await platform.until(id, 'running')).run).toBe('cat greeting.txt docs/notes.md')
  })

  it('stops at conflicts, is offered again when it was given up, and survives a stop half done', async () => {
    const { id, page } = await open({ template: 'conflict' })
    const { revision } = originOf(await platform.workspace(id))
    await writeFile(join(workOf(id), 'greeting.txt'), `Mine\n${LINES}`)
    await git(id, 'commit', '-qam', 'Mine')
    const next = await move('conflict', { 'greeting.txt.hbs': `Theirs, {{name}}\n${LINES}` })
    const prepared = await prepare(id)
    expect(await page.request('git.takeUpdate', prepared)).toEqual({ outcome: 'conflicts' })
    const status = await page.request('git.status', {})
    expect(status).toMatchObject({
      state: 'merge',
      branch: 'update-from-template',
      conflicts: [{ path: 'greeting.txt', kind: 'both-modified' }],
    })
    expect(await read(id, 'greeting.txt')).toContain('>>>>>>> codenest/template\n')
    expect(await page.refusal('git.takeUpdate', prepared)).toBe('git_refused')

    await page.request('git.abort', {})
    expect(await read(id, 'greeting.txt')).toBe(`Mine\n${LINES}`)
    expect((await page.request('git.status', {})).home).toEqual({ branch: 'main', ahead: 0 })
    await page.request('git.finishUpdate', {})
    expect(await git(id, 'branch', '--format=%(refname:short)')).toBe('main')
    expect(await look(id)).toMatchObject({ available: true, revision, latest: next })
    // Left behind by somebody who went back in the terminal, the branch is taken again.
    await git(id, 'branch', 'update-from-template')
    expect(await prepare(id)).toEqual(prepared)
    expect(await page.request('git.takeUpdate', prepared)).toEqual({ outcome: 'conflicts' })

    page[Symbol.dispose]()
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    using again = await openPage(platform, id)
    expect(await again.request('git.status', {})).toMatchObject({ state: 'merge', conflicts: [{}] })
    expect(originOf(await platform.workspace(id)).revision).toBe(revision)
    await again.request('git.resolve', { path: 'greeting.txt', choice: 'theirs' })
    // Whoever commits it: a terminal does as well as the page.
    await git(id, 'commit', '-q', '--no-edit')
    await recorded(id, next)
    expect((await again.request('git.status', {})).home).toEqual({ branch: 'main', ahead: 2 })
    expect(await again.request('git.finishUpdate', {})).toEqual({ outcome: 'done' })
    expect(await read(id, 'greeting.txt')).toBe(`Theirs, World\n${LINES}`)
  })

  it('asks for answers that are new or do not hold any more, and drops those that are gone', async () => {
    const { id, page } = await open({ template: 'answers', parameters: { name: 'Ada', tone: 'cool' } })
    using _ = page
    const properties = {
      tone: { type: 'string', enum: ['warm', 'icy'], default: 'warm' },
      city: { type: 'string', minLength: 2 },
      mark: { type: 'string', default: '!' },
      winter: { type: 'boolean', default: true, when: { tone: 'icy' } },
    }
    const next = await move('answers', {
      'template.yaml': manifest({ parameters: { type: 'object', properties, required: ['city'] } }),
      'greeting.txt.hbs': `Hello, {{city}}{{mark}} {{tone}}{{#if winter}} winter{{/if}}\n`,
    })
    expect(await look(id)).toMatchObject({ available: true, problem: null, answers: {}, plan: null })
    const at = `/workspaces/${id}/template-update`
    const fleet = await stockGit('/', 'ls-remote', await platform.gitUrl('fleet'))
    for (const parameters of [
      {},
      { city: 'x' },
      { city: 'Oslo', name: 'Ada' },
      { city: 'Oslo', tone: 'cool' },
    ]) {
      expect((await platform.api('POST', `${at}/plan`, { parameters })).body['code']).toBe(
        'invalid_parameters',
      )
      const { status, body } = await platform.api('POST', at, { revision: next, parameters })
      expect([status, body['code']]).toEqual([422, 'invalid_parameters'])
    }
    expect(await stockGit('/', 'ls-remote', await platform.gitUrl('fleet'))).toBe(fleet)
    const parameters = { city: 'Oslo', tone: 'icy' }
    const { body } = await platform.api('POST', `${at}/plan`, { parameters })
    expect(body['files']).toEqual([{ path: 'greeting.txt', status: 'modified' }])
    expect(await page.request('git.takeUpdate', await prepare(id, { parameters }))).toEqual({
      outcome: 'done',
    })
    expect(await read(id, 'greeting.txt')).toBe('Hello, Oslo! icy winter\n')
    await recorded(id, next)
    expect(originOf(await platform.workspace(id)).parameters).toEqual({
      city: 'Oslo',
      tone: 'icy',
      mark: '!',
      winter: true,
    })
  })

  it('is not offered when it would change nothing, and recorded at once when it changes no file', async () => {
    const { id, page } = await open({ template: 'quiet' })
    using _ = page
    const { revision } = originOf(await platform.workspace(id))
    const words = await move('quiet', { 'template.yaml': manifest({ description: 'Greets you.' }) })
    expect(await look(id)).toMatchObject({ available: false, revision, latest: words, plan: { files: [] } })
    const ports = await move('quiet', { 'template.yaml': manifest({ ports: [4000] }) })
    expect(await look(id)).toMatchObject({
      available: true,
      plan: { files: [], launch: { after: { ports: [4000] } } },
    })
    expect((await prepare(id)).commit).toBe('')
    expect(originOf(await platform.workspace(id)).revision).toBe(ports)
    expect(await look(id)).toMatchObject({ available: false, latest: ports })
  })

  it('is refused with a sentence, and writes nothing, when the new revision cannot be used', async () => {
    const { id, page } = await open({ template: 'hostile' })
    using _ = page
    const refused = async (files: Record<string, string>, said: RegExp): Promise<void> => {
      const revision = await move('hostile', files)
      const keys = [...store.objects.keys()]
      const heads = JSON.stringify([await refsOf(id), await refsOf('fleet')])
      expect(await look(id)).toMatchObject({
        available: false,
        plan: null,
        problem: expect.stringMatching(said),
      })
      const wanted = { revision, parameters: {} }
      const { status, body } = await platform.api('POST', `/workspaces/${id}/template-update`, wanted)
      expect([status, String(body['detail'])]).toEqual([422, expect.stringMatching(said)])
      expect([...store.objects.keys()]).toEqual(keys)
      expect(JSON.stringify([await refsOf(id), await refsOf('fleet')])).toBe(heads)
    }
    await refused({ 'template.yaml': 'title: [' }, /template\.yaml/)
    await refused({ 'template.yaml': manifest({ evil: true }) }, /template\.yaml.*evil/)
    await refused({ 'template.yaml': manifest(), '{{name}}.txt.hbs': '{{constructor}}' }, /constructor/)
    await refused({ '{{name}}.txt.hbs': '', 'two.txt.hbs': '{{#if}}' }, /two\.txt\.hbs/)
  })

  it('loses nothing that is not committed', async () => {
    const { id, page } = await open({ template: 'kept' })
    using _ = page
    await move('kept', { 'greeting.txt.hbs': `Changed\n${LINES}`, 'new.txt': 'theirs\n' })
    const prepared = await prepare(id)
    const clean = await git(id, 'rev-parse', 'HEAD')
    const refusedWith = async (said: RegExp): Promise<void> => {
      await expect(page.request('git.takeUpdate', prepared)).rejects.toThrow(said)
      expect(await git(id, 'branch', '--format=%(refname:short) %(objectname)')).toBe(`main ${clean}`)
    }
    await writeFile(join(workOf(id), 'docs/notes.md'), 'Not committed\n')
    await refusedWith(/not committed.*Commit or discard/s)
    await git(id, 'checkout', '-q', 'docs/notes.md')
    await writeFile(join(workOf(id), 'new.txt'), 'mine\n')
    await refusedWith(/not committed/)
    expect(await read(id, 'new.txt')).toBe('mine\n')
    await git(id, 'rm', '-q', '--cached', 'old.txt')
    await refusedWith(/not committed.*Commit or discard/s)
    await git(id, 'reset', '-q')
    const unknown = { ...prepared, commit: '1'.repeat(40) }
    await expect(page.request('git.takeUpdate', unknown)).rejects.toThrow('could not be fetched')
    await git(id, 'checkout', '-q', '--detach')
    await writeFile(join(workOf(id), 'new.txt'), 'theirs\n')
    await git(id, 'add', '.')
    await git(id, 'commit', '-qm', 'Mine')
    // Nobody but its user says what a merge is, except that it is one.
    const hook = join(workOf(id), '.git/hooks/pre-merge-commit')
    await writeFile(hook, '#!/bin/sh\necho not today >&2; exit 1\n', { mode: 0o755 })
    await git(id, 'config', 'merge.ff', 'only')
    await expect(page.request('git.takeUpdate', prepared)).rejects.toThrow('A hook of this repository')
    expect(await git(id, 'branch', '--format=%(refname:short)', '--list', 'update*')).toBe('')
    expect((await page.request('git.status', {})).state).toBe('none')
    await rm(hook)
    expect(await page.request('git.takeUpdate', prepared)).toEqual({ outcome: 'done' })
    expect(await read(id, 'greeting.txt')).toBe(`Changed\n${LINES}`)
  })

  it('comes to forks, and to forks of these', async () => {
    const { id: parent, page: first } = await open({ template: 'forked' })
    using _ = first
    await writeFile(join(workOf(parent), 'greeting.txt'), `Mine\n${LINES}`)
    await git(parent, 'commit', '-qam', 'Mine')
    await expect
      .poll(async () => (await refsOf(parent))['refs/heads/main'])
      .toBe(await git(parent, 'rev-parse', 'HEAD'))
    await first.save('own.txt', 'own\n')
    const { id, page } = await open({ workspace: parent })
    using _fork = page
    const next = await move('forked', { 'docs/notes.md': 'Better\n' })
    await git(id, 'add', '.')
    await git(id, 'commit', '-qm', 'All of it')
    const prepared = await prepare(id)
    expect(await page.request('git.takeUpdate', prepared)).toEqual({ outcome: 'done' })
    expect(await read(id, 'docs/notes.md')).toBe('Better\n')
    expect(await read(id, 'greeting.txt')).toBe(`Mine\n${LINES}`)
    await recorded(id, next)
    expect(await look(parent)).toMatchObject({ available: true, plan: { files: [{}] } })
    // A fork of the fork follows, too.
    await move('forked', { 'docs/notes.md': 'Best\n' })
    const { id: third, page: last } = await open({ workspace: id })
    using _last = last
    expect(await last.request('git.takeUpdate', await prepare(third))).toEqual({ outcome: 'done' })
    expect(await read(third, 'docs/notes.md')).toBe('Best\n')
  })

  it('finds a base where it was not kept, and makes one where the history does not begin with it', async () => {
    const { id, page } = await open({ template: 'rewritten' })
    using _ = page
    await writeFile(join(workOf(id), 'greeting.txt'), `Mine\n${LINES}`)
    await git(id, 'checkout', '-q', '--orphan', 'anew')
    await git(id, 'add', '.')
    await git(id, 'commit', '-qm', 'Begin')
    await git(id, 'branch', '-q', '-D', 'main')
    await forget(id, TEMPLATE_BASE, 'refs/heads/main')
    const next = await move('rewritten', { 'docs/notes.md': 'Better\n' })
    expect(await page.request('git.takeUpdate', await prepare(id))).toEqual({ outcome: 'done' })
    expect(await git(id, 'diff', '--name-only', 'anew')).toBe('docs/notes.md')
    expect((await page.request('git.status', {})).home).toMatchObject({ branch: 'anew' })
    await recorded(id, next)

    // As it is with workspaces that were made before the platform kept it.
    const { id: older, page: other } = await open({ template: 'before' })
    using _other = other
    const base = await forget(older, TEMPLATE_BASE)
    await writeFile(join(workOf(older), 'own.txt'), 'own\n')
    await git(older, 'add', '.')
    await git(older, 'commit', '-qm', 'Mine')
    // A folder becomes a file, and a file a folder.
    await move('before', {
      'docs/notes.md': null,
      docs: 'All of them\n',
      'old.txt': null,
      'old.txt/new.txt': '',
    })
    expect((await look(older)).plan?.files).toEqual([
      { path: 'docs', status: 'added' },
      { path: 'docs/notes.md', status: 'deleted' },
      { path: 'old.txt', status: 'deleted' },
      { path: 'old.txt/new.txt', status: 'added' },
    ])
    const prepared = await prepare(older)
    expect(prepared.base).toBe(base)
    expect(await other.request('git.takeUpdate', prepared)).toEqual({ outcome: 'done' })
    expect([await read(older, 'docs'), await read(older, 'old.txt/new.txt')]).toEqual(['All of them\n', ''])
  })

  it('needs a template', async () => {
    expect((await platform.api('GET', '/workspaces/nobody/template-update')).status).toBe(404)
    const bad = await platform.api('POST', '/workspaces/nobody/template-update', { revision: 'main' })
    expect(bad.status).toBe(400)
  })
})
