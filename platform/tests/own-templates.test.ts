import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Template, TemplatePreview, Workspace } from '../src/protocol.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { ApiAnswer, TestPlatform } from './support/platform.ts'
import { pipeGit, stockGit, temporaryFolder } from './support/shell.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

const MANIFEST = `title: Shop
description: A shop by somebody
tags: [shop]
parameters:
  type: object
  properties:
    name: { type: string, title: Name, default: corner, pattern: '^[a-z]+$' }
run: 'echo "{{name}} runs"'
ports: [4321]
`

let platform: TestPlatform
let shop: Upstream
beforeAll(async () => {
  const more = {
    'template.yaml': MANIFEST,
    'title.txt.hbs': 'The {{name}} shop\n',
    '.codenest.yaml': 'postCreate: echo set-up > set-up.txt\n',
  }
  ;[platform, shop] = await Promise.all([
    startPlatform({ bare: true }),
    startUpstream({ files: 2, at: 'someone/shop.git', more }),
  ])
})
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]()
  await shop?.[Symbol.asyncDispose]()
})

const bring = (body: object): Promise<ApiAnswer> => platform.api('POST', '/templates', body)
const workOf = (id: string): string => join(platform.dataDir, 'run', id, 'work')

async function brought(body: object = { repository: shop.url }): Promise<Template> {
  const { status, body: template } = await bring(body)
  expect([status, template['detail']]).toEqual([201, undefined])
  return template as unknown as Template
}

async function mine(): Promise<Template[]> {
  const { body } = await platform.api('GET', '/templates')
  return (body['templates'] as Template[]).filter(({ own }) => own !== null)
}

async function preview(name: string, parameters: object = {}): Promise<TemplatePreview> {
  const { status, body } = await platform.api('POST', `/templates/${name}/preview`, { parameters })
  expect([status, body['detail']]).toEqual([200, undefined])
  return body as unknown as TemplatePreview
}

/** A workspace that runs. */
async function make(source: object, name?: string): Promise<Workspace> {
  const { body } = await platform.api('POST', '/workspaces', { source, ...(name && { name }) })
  expect(body['detail']).toBeUndefined()
  return platform.until(String(body['id']), 'running')
}

/** Resolves when the newest save has it; the end of a sweep just before is not yet the save. */
async function save(page: TestPage, id: string, path: string, content: string): Promise<void> {
  await page.save(path, content)
  const isThere = async (): Promise<boolean> => {
    const { body } = await platform.api('GET', `/workspaces/${id}/history?limit=1`)
    const [newest] = body['entries'] as { id: string }[]
    const file = await platform.api(
      'GET',
      `/workspaces/${id}/commits/${newest?.id}/files/${encodeURIComponent(path)}`,
    )
    return file.body['content'] === content
  }
  await vi.waitUntil(isThere, { timeout: 60_000 })
}

async function templateOf(workspace: string): Promise<ApiAnswer> {
  return bring({ workspace, title: 'Made here', description: 'Of a workspace' })
}

/** Another commit on the branch of an upstream. */
async function push(upstream: Upstream, files: Record<string, string | null>): Promise<string> {
  const work = join(dirname(upstream.repository), upstream === shop ? '../seed' : 'seed')
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true })
    if (text === null) await stockGit(work, 'rm', '-q', path)
    else await writeFile(join(work, path), text)
  }
  await stockGit(work, 'add', '-A')
  await stockGit(work, 'commit', '-qm', 'Changed')
  await stockGit(work, 'push', '-q', upstream.repository, 'trunk')
  return stockGit(work, 'rev-parse', 'HEAD')
}

/** Changes files of the fleet as its operator. */
async function pushFleet(change: (fleet: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
  const fleet = join(folder.path, 'fleet')
  await change(fleet)
  await stockGit(fleet, 'add', '-A')
  await stockGit(fleet, 'commit', '-qm', 'By hand')
  await stockGit(fleet, 'push', '-q')
}

describe('a template of a workspace', () => {
  let workspace: Workspace
  let template: Template
  beforeAll(async () => {
    workspace = await make({ template: 'static-site', parameters: { title: 'Corner shop' } }, 'corner')
    using page = await openPage(platform, workspace.id)
    await page.save('changed.txt', 'a password, for a moment')
    await page.save('changed.txt', 'nothing to hide')
    await page.save('.gitignore', '*.local\n/secrets/\n')
    await page.save('.env.local', 'KEY=very-secret-1')
    await page.save('secrets/key.txt', 'very-secret-2')
    await page.save('deep/er/.gitignore', 'private.txt\n')
    await page.save('deep/er/private.txt', 'very-secret-3')
    await page.save('deep/er/{{name}}.hbs', '{{#each this}} is theirs')
    // What Git has is no secret, whatever a pattern says.
    await page.save('kept.local', 'tracked')
    await stockGit(workOf(workspace.id), 'add', '-f', 'kept.local')
    await save(page, workspace.id, 'last.txt', 'the last save')
    template = (await templateOf(workspace.id)).body as unknown as Template
  })

  it('has the files of the newest save, as they are, and nothing that Git ignores', async () => {
    expect(template).toMatchObject({
      name: 'my-corner',
      title: 'Made here',
      problem: null,
      ports: workspace.ports,
      run: workspace.run,
      own: { source: { workspace: 'corner', commit: expect.any(String) }, trusted: true },
    })
    const { files } = await preview('my-corner')
    const paths = files.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining(['.gitignore', 'index.html', 'last.txt', 'kept.local', 'deep/er/{{name}}.hbs']),
    )
    for (const secret of ['.env.local', 'secrets/key.txt', 'deep/er/private.txt', 'template.yaml'])
      expect(paths).not.toContain(secret)
    expect(files.find(({ path }) => path === 'index.html')?.content).toContain('Corner shop')
    expect(files.find(({ path }) => path.endsWith('.hbs'))?.content).toBe('{{#each this}} is theirs')
  })

  it('is a repository of one commit, without anything of the history', async () => {
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', '--bare', await platform.gitUrl('templates/my-corner'), 'copy')
    const copy = join(folder.path, 'copy')
    expect(await stockGit(copy, 'rev-list', '--all', '--count')).toBe('1')
    const objects = await stockGit(copy, 'cat-file', '--batch-all-objects', '--batch', '--buffer')
    expect(objects).toContain('the last save')
    expect(objects).not.toMatch(/very-secret|a password/)
    // Nor on the platform: the packs of the repository are its own.
    expect(await stockGit(copy, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  })

  it('is what new workspaces are made from, trusted as that one is', async () => {
    const made = await make({ template: 'my-corner' })
    expect(made.trusted).toBe(true)
    expect(await readFile(join(workOf(made.id), 'last.txt'), 'utf8')).toBe('the last save')
    using page = await openPage(platform, made.id)
    expect(page.hello.run).toMatchObject({ command: workspace.run, held: false })
    await platform.api('DELETE', `/workspaces/${made.id}`)
  })

  it('takes what the workspace has now, and offers it to what was made of it', async () => {
    const refresh = (): Promise<ApiAnswer> => platform.api('POST', '/templates/my-corner/refresh')
    expect((await refresh()).body).toMatchObject({ revision: template.revision })
    const made = await make({ template: 'my-corner' })
    using page = await openPage(platform, workspace.id)
    await save(page, workspace.id, 'last.txt', 'the last save of all')
    const { body } = await refresh()
    expect(body).toMatchObject({ name: 'my-corner', title: 'Made here', description: 'Of a workspace' })
    expect(body['revision']).not.toBe(template.revision)
    expect(body['own']).toMatchObject({ source: { workspace: 'corner' }, trusted: true })
    const update = await platform.api('GET', `/workspaces/${made.id}/template-update`)
    expect(update.body).toMatchObject({
      available: true,
      plan: { files: [{ path: 'last.txt', status: 'modified' }] },
    })
    await platform.api('DELETE', `/workspaces/${made.id}`)
  })

  it('cannot be taken again of a workspace that is gone, and stays what it is', async () => {
    const gone = await make({ template: 'static-site' }, 'goner')
    const { body } = await templateOf(gone.id)
    await platform.api('DELETE', `/workspaces/${gone.id}`)
    await expect.poll(async () => (await platform.api('GET', `/workspaces/${gone.id}`)).status).toBe(404)
    const refused = await platform.api('POST', `/templates/${String(body['name'])}/refresh`)
    expect(refused).toMatchObject({ status: 404, body: { detail: expect.stringContaining('goner') } })
    expect(await mine()).toEqual(expect.arrayContaining([body]))
    expect((await platform.api('DELETE', `/templates/${String(body['name'])}`)).status).toBe(204)
  })

  it('takes another name when that one is taken, and goes when it is deleted', async () => {
    const { body } = await templateOf(workspace.id)
    const name = String(body['name'])
    expect(name).toMatch(/^my-corner-[a-z0-9]{4}$/)
    expect((await mine()).map((one) => one.name)).toContain(name)
    const made = await make({ template: name })
    expect((await platform.api('DELETE', `/templates/${name}`)).status).toBe(204)
    expect((await mine()).map((one) => one.name)).not.toContain(name)
    expect((await platform.api('DELETE', `/templates/${name}`)).status).toBe(404)
    expect((await platform.api('POST', '/workspaces', { source: { template: name } })).body).toMatchObject({
      status: 422,
      code: 'unknown_template',
    })
    // What was made from it stays as it is.
    await platform.api('POST', `/workspaces/${made.id}/stop`)
    await platform.until(made.id, 'stopped')
    await platform.api('POST', `/workspaces/${made.id}/start`)
    expect(await platform.until(made.id, 'running')).toMatchObject({ ports: workspace.ports })
    await platform.api('DELETE', `/workspaces/${made.id}`)
  })

  it('keeps the parameters of a template that is written in the workspace; a broken one is said with its line', async () => {
    using page = await openPage(platform, workspace.id)
    // In a template that is written by hand it is no text of somebody's, but one to be rendered.
    await page.save('deep/er/{{name}}.hbs', '{{name}} is rendered')
    await save(page, workspace.id, 'template.yaml', MANIFEST)
    const { body } = await templateOf(workspace.id)
    expect(body['detail']).toBeUndefined()
    expect(body).toMatchObject({ title: 'Made here', description: 'Of a workspace', tags: ['shop'] })
    expect(body['parameters']).toMatchObject({ properties: { name: { default: 'corner' } } })
    await save(page, workspace.id, 'template.yaml', 'title: Shop\nnothing: else\n')
    const before = await mine()
    const broken = await templateOf(workspace.id)
    expect(broken).toMatchObject({ status: 422, body: { code: 'template_failed' } })
    expect(broken.body['detail']).toContain('template.yaml, line 2: nothing is not known here')
    expect(await mine()).toEqual(before)
  })

  it('is not made when it is too large, has no words, or the workspace is nobody’s', async () => {
    const work = workOf(workspace.id)
    await mkdir(join(work, 'many'))
    for (let n = 0; n < 17; n += 1) await writeFile(join(work, `many/${n}.bin`), Buffer.alloc(2 ** 20, n))
    using page = await openPage(platform, workspace.id)
    await page.save('last.txt', 'after the large ones')
    await expect
      .poll(async () => (await templateOf(workspace.id)).body)
      .toMatchObject({
        status: 422,
        code: 'template_too_large',
        detail: expect.stringMatching(/at most 2000 files of 16 MiB together.*Remove/),
      })
    for (const words of [
      { title: ' ', description: 'x' },
      { title: 'x' },
      { title: 'x'.repeat(81), description: 'x' },
    ])
      expect((await bring({ workspace: workspace.id, ...words })).status).toBe(400)
    expect((await bring({ workspace: 'nobodys', title: 'x', description: 'x' })).status).toBe(404)
  })
})

describe('a template by its address', () => {
  it('is fetched, looked at, filled in and made', async () => {
    const template = await brought()
    expect(template).toMatchObject({
      name: 'my-shop',
      title: 'Shop',
      tags: ['shop'],
      run: 'echo "corner runs"',
      own: { source: { repository: shop.url }, trusted: false },
    })
    const { files } = await preview('my-shop', { name: 'corner' })
    expect(files.find(({ path }) => path === 'title.txt')?.content).toBe('The corner shop\n')
    const wrong = await platform.api('POST', '/templates/my-shop/preview', { parameters: { name: 'A B' } })
    expect(wrong).toMatchObject({ status: 422, body: { code: 'invalid_parameters' } })
    const fleet = await readRemote('fleet', 'templates/owner/my-shop.yaml')
    expect(fleet).toContain(`repository: ${shop.url}`)
  })

  it('runs nothing and sees no secret before its owner trusts it, and neither does what is made of it', async () => {
    await platform.api('PATCH', '/environment', { set: { API_KEY: 'for-the-trusted' } })
    const made = await make({ template: 'my-shop', parameters: { name: 'corner' } }, 'unsure')
    expect(made.trusted).toBe(false)
    using page = await openPage(platform, made.id)
    expect(page.hello.run).toMatchObject({ command: 'echo "corner runs"', from: 'template.yaml', held: true })
    expect(page.hello.setup).toMatchObject({ trusted: false, state: 'waiting' })
    expect(page.hello.setup.settings.run).toEqual({ command: 'echo "corner runs"', from: 'template.yaml' })
    expect(await page.refusal('run.start', { cols: 80, rows: 20 })).toBe('not_trusted')
    await expect(readFile(join(workOf(made.id), 'set-up.txt'))).rejects.toThrow('ENOENT')
    // By a template of one's own it does not become what it is not.
    await save(page, made.id, 'more.txt', 'saved')
    const again = (await templateOf(made.id)).body as unknown as Template
    expect(again).toMatchObject({ run: 'echo "corner runs"', own: { trusted: false } })
    const second = await make({ template: again.name }, 'unsure-two')
    expect(second.trusted).toBe(false)
    using other = await openPage(platform, second.id)
    expect(other.hello.run).toMatchObject({ held: true })
    expect(other.hello.setup).toMatchObject({ trusted: false, state: 'waiting' })
    const fork = await platform.api('POST', '/workspaces', { source: { workspace: second.id } })
    expect(fork.body).toMatchObject({ trusted: false })

    const commands = { digest: page.hello.setup.digest, allowed: true }
    const running = page.event('setup.changed', ({ state }) => state === 'done')
    await platform.api('PATCH', `/workspaces/${made.id}/trust`, { trusted: true, commands })
    await page.request('setup.start', { cols: 80, rows: 20, again: false })
    await running
    expect(await readFile(join(workOf(made.id), 'set-up.txt'), 'utf8')).toBe('set-up\n')
    const ended = page.event('run.changed', ({ state, exitCode }) => state === 'exited' && exitCode === 0)
    await page.request('run.start', { cols: 80, rows: 20 })
    await ended
    // What one has trusted stays so, with exactly these commands.
    const trusted = (await templateOf(made.id)).body as unknown as Template
    expect(trusted.own).toMatchObject({ trusted: true })
    const third = await make({ template: trusted.name }, 'sure')
    expect(third).toMatchObject({ trusted: true, commands })
    using last = await openPage(platform, third.id)
    expect(last.hello.setup).toMatchObject({ trusted: true, digest: commands.digest })
    for (const id of [made.id, second.id, String(fork.body['id']), third.id])
      await platform.api('DELETE', `/workspaces/${id}`)
  })

  it('is fetched again: a commit for what has changed, and what is broken changes nothing', async () => {
    const again = (): Promise<ApiAnswer> => platform.api('POST', '/templates/my-shop/refresh')
    const first = (await mine()).find(({ name }) => name === 'my-shop')
    expect((await again()).body).toMatchObject({ revision: first?.revision })
    const made = await make({ template: 'my-shop', parameters: { name: 'corner' } }, 'follower')
    const commit = await push(shop, { 'title.txt.hbs': 'The new {{name}} shop\n' })
    const { body } = await again()
    expect(body).toMatchObject({ own: { source: { commit } } })
    expect(body['revision']).not.toBe(first?.revision)
    const { files } = await preview('my-shop')
    expect(files.find(({ path }) => path === 'title.txt')?.content).toBe('The new corner shop\n')
    const update = await platform.api('GET', `/workspaces/${made.id}/template-update`)
    expect(update.body).toMatchObject({
      available: true,
      latest: body['revision'],
      plan: { files: [{ path: 'title.txt', status: 'modified' }] },
    })
    await platform.api('DELETE', `/workspaces/${made.id}`)

    await push(shop, { 'template.yaml': 'title: Shop\n' })
    expect(await again()).toMatchObject({ status: 422, body: { code: 'template_failed' } })
    await push(shop, { 'template.yaml': null })
    expect(await again()).toMatchObject({ status: 422, body: { code: 'no_template' } })
    await push(shop, { 'template.yaml': MANIFEST })
    expect((await mine()).find(({ name }) => name === 'my-shop')?.revision).toBe(body['revision'])
  })

  it('is taken at a branch, a tag or a commit', async () => {
    const feature = await stockGit(shop.repository, 'rev-parse', 'feature')
    for (const [ref, repository] of [
      ['feature', shop.url],
      ['v1.0', shop.url],
      [feature, shop.url],
      [undefined, `${shop.url.replace(/\.git$/, '')}/tree/feature`],
    ]) {
      const { name, own } = await brought({ repository, ...(ref && { ref }) })
      const { files } = await preview(name)
      const paths = files.map(({ path }) => path)
      expect(paths.includes('feature.txt'), String(ref)).toBe(ref !== 'v1.0')
      expect(own?.source).toMatchObject({ ref: ref ?? 'feature' })
      await platform.api('DELETE', `/templates/${name}`)
    }
  })

  it.each([
    [
      'a folder',
      () => ({ repository: `${shop.url.replace(/\.git$/, '')}/tree/feature/docs` }),
      'template_in_folder',
    ],
    ['no such ref', () => ({ repository: shop.url, ref: 'nope' }), 'ref_not_found'],
    ['a part of a commit', () => ({ repository: shop.url, ref: 'abcdef1' }), 'ref_not_found'],
    ['no repository', () => ({ repository: shop.url.replace('shop', 'nothing') }), 'repository_not_found'],
    ['ext::', () => ({ repository: 'ext::sh -c id' }), 'repository_url_refused'],
    ['a file', () => ({ repository: 'file:///etc' }), 'repository_url_refused'],
    ['an option', () => ({ repository: '--upload-pack=id' }), 'repository_url_refused'],
    ['a private address', () => ({ repository: 'https://10.0.0.1/r' }), 'repository_url_refused'],
    ['metadata', () => ({ repository: 'https://169.254.169.254/latest' }), 'repository_url_refused'],
    ['credentials', () => ({ repository: 'https://me:secret@example.com/r' }), 'repository_url_refused'],
  ])('is refused when it is %s', async (_, body, code) => {
    const before = await mine()
    expect(await bring(body())).toMatchObject({ status: 422, body: { code } })
    expect(await mine()).toEqual(before)
  })

  it('is refused when it is a plain repository, or larger than a template may be', async () => {
    const offer = async (
      branch: string,
      files: Record<string, string>,
      trees: Record<string, string> = {},
    ) => {
      const lines: string[] = Object.entries(trees).map(([name, oid]) => `040000 tree ${oid}\t${name}`)
      for (const [name, text] of Object.entries(files)) {
        const blob = await inShop(text, 'hash-object', '-w', '--stdin')
        lines.push(`100644 blob ${blob}\t${name}`)
      }
      const tree = await inShop(`${lines.join('\n')}\n`, 'mktree')
      const commit = await stockGit(shop.repository, 'commit-tree', tree, '-m', branch)
      await stockGit(shop.repository, 'update-ref', `refs/heads/${branch}`, commit)
      return tree
    }
    await offer('plain', { 'index.html': '<h1>Plain</h1>' })
    await offer('broken', { 'template.yaml': MANIFEST, 'bad.hbs': '{{#each x}}{{/each}}' })
    // A few objects stand for a million files.
    let tree = await offer('bottom', { file: 'x' })
    for (let depth = 0; depth < 6; depth += 1) {
      const list = Array.from({ length: 10 }, (_, n) => `040000 tree ${tree}\t${n}\n`)
      tree = await inShop(list.join(''), 'mktree')
    }
    await offer('bomb', { 'template.yaml': MANIFEST }, { bomb: tree })
    const before = await mine()
    for (const [ref, code, words] of [
      ['plain', 'no_template', /no template.yaml at its root.*Open it as a repository/],
      ['broken', 'template_failed', /bad.hbs, line 1/],
      ['bomb', 'template_too_large', /at most 2000 files.*Open it as a repository instead/],
    ] as const) {
      const { status, body } = await bring({ repository: `${shop.url.slice(0, -4)}/tree/${ref}` })
      expect([status, body['code']]).toEqual([422, code])
      expect(body['detail']).toMatch(words)
    }
    expect(await mine()).toEqual(before)
  })
})

describe('somebody else’s template', () => {
  it('is seen, used and fetched by nobody else', async () => {
    const { name, revision } = await brought()
    const url = await platform.gitUrl(`templates/${name}`)
    expect(await stockGit('/', 'ls-remote', url)).toContain(revision)
    const made = await make({ template: name, parameters: { name: 'corner' } }, 'left')
    await pushFleet(async (fleet) => {
      const text = await readFile(join(fleet, `templates/owner/${name}.yaml`), 'utf8')
      await stockGit(fleet, 'rm', '-q', `templates/owner/${name}.yaml`)
      await mkdir(join(fleet, 'templates/ada'), { recursive: true })
      await writeFile(join(fleet, `templates/ada/${name}.yaml`), text.replace('owner: owner', 'owner: ada'))
    })
    expect((await mine()).map((one) => one.name)).not.toContain(name)
    await expect(stockGit('/', 'ls-remote', url)).rejects.toThrow(/not found/)
    const refused = { status: 422, body: { code: 'unknown_template' } }
    expect(await platform.api('POST', `/templates/${name}/preview`, {})).toMatchObject(refused)
    expect(await platform.api('POST', '/workspaces', { source: { template: name } })).toMatchObject(refused)
    expect((await platform.api('POST', `/templates/${name}/refresh`)).status).toBe(404)
    expect((await platform.api('DELETE', `/templates/${name}`)).status).toBe(404)
    // What was made of it goes on without what becomes of it.
    const update = await platform.api('GET', `/workspaces/${made.id}/template-update`)
    expect(update.body).toMatchObject({
      available: false,
      latest: null,
      problem: expect.stringContaining('no template named'),
    })
    await platform.api('DELETE', `/workspaces/${made.id}`)
    // Nor by a document that says so.
    const document = `apiVersion: codenest.dev/v1
kind: Workspace
metadata: { name: stolen, owner: owner, createdAt: 2026-01-31T12:00:00.000Z }
spec:
  source: { template: ${name}, revision: ${revision}, parameters: {} }
  running: false
`
    const declare = (owner: string) =>
      pushFleet(async (fleet) => {
        await mkdir(join(fleet, `workspaces/${owner}`), { recursive: true })
        await writeFile(
          join(fleet, `workspaces/${owner}/stolen.yaml`),
          document.replace('owner: owner', `owner: ${owner}`),
        )
      })
    await expect(declare('owner')).rejects.toThrow(/There is no template named/)
    await declare('ada')
  })

  it('is recorded as what it is, or the push is refused', async () => {
    const { name } = await brought()
    const write = (path: string, change: (text: string) => string) =>
      pushFleet(async (fleet) => {
        const text = await readFile(join(fleet, `templates/owner/${name}.yaml`), 'utf8')
        await mkdir(dirname(join(fleet, path)), { recursive: true })
        await writeFile(join(fleet, path), change(text))
      })
    await expect(
      write(`templates/owner/${name}.yaml`, (text) => text.replace('kind: Template', 'kind: X')),
    ).rejects.toThrow(/remote: templates\/owner\/.*kind/)
    await expect(
      write(`templates/eve/${name}.yaml`, (text) => text.replace('owner: owner', 'owner: eve')),
    ).rejects.toThrow(/the name belongs to/)
    const other = 'static-site'
    await expect(
      write(`templates/owner/${other}.yaml`, (text) => text.replace(`name: ${name}`, `name: ${other}`)),
    ).rejects.toThrow(/must begin with "my-"/)
  })
})

async function readRemote(repository: string, path: string): Promise<string> {
  await using folder = await temporaryFolder()
  await stockGit(folder.path, 'clone', '-q', await platform.gitUrl(repository), 'copy')
  return readFile(join(folder.path, 'copy', path), 'utf8')
}

/** Plumbing in the bare repository of the upstream. */
async function inShop(input: string, ...args: string[]): Promise<string> {
  return (await pipeGit(shop.repository, Buffer.from(input), ...args)).toString().trim()
}
