import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { HostRepository, Publication, Workspace } from '../src/protocol.ts'
import { startGitHub } from './support/github/github.ts'
import type { Answer, TestGitHub } from './support/github/github.ts'
import { REPOSITORY } from './support/github/recordings.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

let gitHub: TestGitHub
let platform: TestPlatform
beforeAll(async () => {
  gitHub = await startGitHub()
  platform = await startPlatform({ bare: true, env: gitHub.env })
})
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]()
  await gitHub?.[Symbol.asyncDispose]()
})
afterEach(() => {
  gitHub.intercept = null
})

/** What a browser does: to the host, and back with its answer. */
async function connect(answer: 'allow' | 'deny' = 'allow', returnTo = '/'): Promise<Response> {
  const begun = await platform.api('POST', '/code-host/connect', { returnTo })
  const page = await (await fetch(String(begun.body['url']))).text()
  const href = new RegExp(`id="${answer}" href="([^"]+)"`).exec(page)?.[1] ?? ''
  return comeBack(href)
}

function comeBack(href: string): Promise<Response> {
  const { pathname, search } = new URL(href)
  return fetch(`${platform.address}${pathname}${search}`, {
    headers: { cookie: platform.cookie },
    redirect: 'manual',
  })
}

async function create(source: object): Promise<Workspace> {
  const { body } = await platform.api('POST', '/workspaces', { source })
  return platform.until((body as { id: string }).id, 'running')
}

/** Commits in a workspace's clone; resolves to the commit. */
async function commit(id: string, file: string, message: string, branch?: string): Promise<string> {
  using page = await openPage(platform, id)
  if (branch !== undefined) await page.request('git.createBranch', { branch })
  await page.save(file, `${message}\n`)
  const done = await page.request('git.commit', { message, amend: false, all: true })
  return done.commit
}

async function publication(id: string, branch: string, at?: string): Promise<Publication> {
  const query = `branch=${branch}${at === undefined ? '' : `&commit=${at}`}`
  const { status, body } = await platform.api('GET', `/workspaces/${id}/publication?${query}`)
  expect(status).toBe(200)
  return body as unknown as Publication
}

const token = (): string => [...gitHub.tokens].at(-1) ?? ''

describe('connecting an account', () => {
  it('is asked for with PKCE, and takes the answer once', async () => {
    const begun = await platform.api('POST', '/code-host/connect', { returnTo: '/w/shop?pane=git' })
    const url = new URL(String(begun.body['url']))
    expect(url.origin).toBe(gitHub.origin)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      scope: 'repo workflow read:org',
      code_challenge_method: 'S256',
      redirect_uri: `${platform.origin}/connect/github/callback`,
    })
    const page = await (await fetch(url)).text()
    const href = /id="allow" href="([^"]+)"/.exec(page)?.[1] ?? ''
    const wrong = href.replace(/state=[^&]+/, 'state=of-somebody-else')
    expect(await (await comeBack(wrong)).text()).toContain('does not belong to a question of yours')
    const back = await comeBack(href)
    expect([back.status, back.headers.get('location')]).toEqual([303, '/w/shop?pane=git'])
    expect((await platform.api('GET', '/code-host')).body).toMatchObject({
      host: new URL(gitHub.origin).host,
      account: { login: gitHub.login, scopes: ['read:org', 'repo', 'workflow'] },
    })
    expect((await comeBack(href)).status).toBe(409)
  })

  it('keeps the token out of answers and files', async () => {
    await connect()
    const { body } = await platform.api('GET', '/code-host')
    expect(JSON.stringify(body)).not.toContain(token())
    const files = await readdir(platform.dataDir, { recursive: true, withFileTypes: true })
    for (const file of files.filter((each) => each.isFile())) {
      const content = await readFile(join(file.parentPath, file.name)).catch(() => Buffer.from(''))
      expect(`${file.name}: ${content.includes(token())}`).toBe(`${file.name}: false`)
    }
  })

  it('gives the token before back, and the last one when it is disconnected', async () => {
    await connect()
    const first = token()
    await connect()
    expect(gitHub.tokens.has(first)).toBe(false)
    const second = token()
    expect((await platform.api('DELETE', '/code-host/account')).status).toBe(204)
    expect(gitHub.tokens.has(second)).toBe(false)
    expect((await platform.api('GET', '/code-host')).body['account']).toBeNull()
    const { status, body } = await platform.api('GET', '/code-host/repositories')
    expect([status, body['code']]).toEqual([409, 'code_host_reconnect'])
  })

  it('leaves everything as it was when it is declined', async () => {
    const back = await connect('deny', '/new')
    expect([back.status, back.headers.get('location')]).toEqual([303, '/new'])
    expect((await platform.api('GET', '/code-host')).body['account']).toBeNull()
  })

  it('sends nobody to another site', async () => {
    for (const returnTo of ['https://evil.example', '//evil.example', '/\\evil.example', 'w/x'])
      expect((await platform.api('POST', '/code-host/connect', { returnTo })).status).toBe(400)
  })
})

describe('repositories', () => {
  beforeAll(async () => {
    await connect()
    await gitHub.addRepository(REPOSITORY)
    for (let n = 0; n < 230; n += 1) await addName(`octokit-fixture-org/of-many-${n}`)
    await addName(`${gitHub.login}/the-last-one`)
  })
  // Names alone: that is all of them that is asked for.
  const addName = (name: string): Promise<unknown> => gitHub.addRepository(name, { isEmpty: true })

  it('are listed page by page, and asked for again at no cost', async () => {
    const first = await platform.api('GET', '/code-host/repositories')
    const repositories = first.body['repositories'] as HostRepository[]
    expect(repositories).toHaveLength(100)
    expect(repositories[0]).toMatchObject({
      name: REPOSITORY,
      url: `${gitHub.origin}/${REPOSITORY}`,
      cloneUrl: `${gitHub.origin}/${REPOSITORY}.git`,
      mayPush: true,
      defaultBranch: 'main',
    })
    expect(first.body['next']).toBe(2)
    const last = await platform.api('GET', '/code-host/repositories?page=3')
    expect(last.body['next']).toBeNull()
    expect(await platform.api('GET', '/code-host/repositories')).toEqual(first)
    expect(gitHub.requests.at(-1)).toMatchObject({ status: 304 })
  })

  it('are searched by words, as far as it takes to find some', async () => {
    const { body } = await platform.api('GET', '/code-host/repositories?query=LAST%20one')
    expect((body['repositories'] as HostRepository[]).map(({ name }) => name)).toEqual([
      `${gitHub.login}/the-last-one`,
    ])
    expect(body['next']).toBeNull()
  })
})

describe('a workspace from a template', () => {
  it('is published, pushed to, and asks to be merged, and the token is never in it', async () => {
    await connect()
    const { id } = await create({ template: 'static-site' })
    expect(await publication(id, 'main')).toMatchObject({ repository: null })
    const wanted = { name: 'my-shop', description: 'A shop', private: true, branch: 'main' }
    const published = await platform.api('POST', `/workspaces/${id}/publish`, wanted)
    expect(published).toMatchObject({ status: 201, body: { name: `${gitHub.login}/my-shop`, private: true } })
    const bare = gitHub.folderOf(`${gitHub.login}/my-shop`)
    const begun = await stockGit(bare, 'rev-parse', 'main')
    expect(await publication(id, 'main')).toMatchObject({ pushed: begun, ahead: 0, pullRequest: null })
    const again = await platform.api('POST', `/workspaces/${id}/publish`, wanted)
    expect([again.status, again.body['code']]).toEqual([409, 'published_already'])

    await commit(id, 'one.txt', 'Add one', 'feature/add-things')
    const last = await commit(id, 'two.txt', 'Add two')
    const push = { branch: 'feature/add-things', commit: last }
    expect((await platform.api('POST', `/workspaces/${id}/push`, push)).status).toBe(204)
    expect(await stockGit(bare, 'rev-parse', 'feature/add-things')).toBe(last)

    const query = 'branch=feature/add-things&into=main'
    const draft = await platform.api('GET', `/workspaces/${id}/pull-request/draft?${query}`)
    expect(draft.body).toEqual({ title: 'Add things', body: '- Add one\n- Add two', commits: 2 })
    const { title, body } = draft.body as { title: string; body: string }
    const opened = await platform.api('POST', `/workspaces/${id}/pull-request`, {
      branch: 'feature/add-things',
      into: 'main',
      title,
      body,
    })
    expect(opened).toMatchObject({ status: 201, body: { number: 1, state: 'open', into: 'main' } })
    const { pullRequest } = await publication(id, 'feature/add-things')
    expect(pullRequest).toMatchObject({ number: 1, commit: last, title: 'Add things' })
    expect(pullRequest?.checks).toContainEqual({
      name: 'example/1',
      state: 'failed',
      url: 'https://example.com/',
    })
    const before = gitHub.requests.length
    await publication(id, 'feature/add-things')
    const paid = gitHub.requests.slice(before).filter(({ status }) => status !== 304)
    expect(paid).toEqual([])

    using page = await openPage(platform, id)
    const { id: terminal } = await page.request('terminals.create', { cols: 100, rows: 20 })
    await page.request('terminals.attach', { id: terminal, cols: 100, rows: 20 })
    const done = page.event('terminals.output', ({ data }) => data.includes('found-in-0'))
    const data = `echo found-in-$( (env; git config -l --show-origin; cat .git/config) | grep -c ${token()})\n`
    await page.request('terminals.input', { id: terminal, data })
    await done
  })

  it('says which name is taken, and is not published', async () => {
    await connect()
    await gitHub.addRepository(`${gitHub.login}/taken`)
    const { id } = await create({ template: 'static-site' })
    const wanted = { name: 'taken', private: false, branch: 'main' }
    const { status, body } = await platform.api('POST', `/workspaces/${id}/publish`, wanted)
    expect(status).toBe(422)
    expect(body['detail']).toBe('GitHub refused it: name already exists on this account.')
    expect(await publication(id, 'main')).toMatchObject({ repository: null })
  })
})

describe('a workspace from a repository of others', () => {
  it('is forked on demand, and asks there to be merged', async () => {
    await connect()
    const name = 'octokit-fixture-org/upstream'
    const url = await gitHub.addRepository(name, { mayPush: false })
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'init', '-q', '-b', 'main', 'seed')
    const seed = join(folder.path, 'seed')
    await stockGit(seed, 'commit', '-q', '--allow-empty', '-m', 'Begin')
    await stockGit(seed, 'push', '-q', gitHub.folderOf(name), 'main')
    const { id } = await create({ repository: url })
    expect(await publication(id, 'main')).toMatchObject({
      repository: { name, mayPush: false },
      base: name,
      ahead: 0,
    })
    const made = await commit(id, 'fix.txt', 'Mend it', 'fix')
    expect(await publication(id, 'fix', made)).toMatchObject({ pushed: null, ahead: 1 })
    expect((await platform.api('POST', `/workspaces/${id}/fork-upstream`)).status).toBe(201)
    const push = { branch: 'fix', commit: made }
    expect((await platform.api('POST', `/workspaces/${id}/push`, push)).status).toBe(204)
    expect(await publication(id, 'fix')).toMatchObject({
      repository: { name: `${gitHub.login}/upstream`, parent: name },
      base: name,
      pushed: made,
      ahead: 0,
    })
    const opened = await platform.api('POST', `/workspaces/${id}/pull-request`, {
      branch: 'fix',
      into: 'main',
      title: 'Mend it',
      body: '',
    })
    expect(opened.status).toBe(201)
    expect(gitHub.requests.findLast(({ method }) => method === 'POST')?.path).toBe(
      `/api/v3/repos/${name}/pulls`,
    )
    expect((await publication(id, 'fix')).pullRequest).toMatchObject({ title: 'Mend it' })
  })

  it('that is private is opened by the connected account, whose token stays here', async () => {
    const name = 'octokit-fixture-org/secret-plans'
    const url = await gitHub.addRepository(name, { private: true })
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'init', '-q', '-b', 'main', 'seed')
    const seed = join(folder.path, 'seed')
    await stockGit(seed, 'commit', '-q', '--allow-empty', '-m', 'Plan')
    await stockGit(seed, 'push', '-q', gitHub.folderOf(name), 'main')
    await platform.api('DELETE', '/code-host/account')
    const refused = await platform.api('POST', '/workspaces', { source: { repository: url } })
    expect(refused).toMatchObject({ body: { code: 'repository_private' } })
    await connect()
    const { id } = await create({ repository: url })
    const work = join(platform.dataDir, 'run', id, 'work')
    expect(await stockGit(work, 'log', '-1', '--format=%s')).toBe('Plan')
    expect(await readFile(join(work, '.git/config'), 'utf8')).not.toContain(token())
  })

  it('replaces nothing that others have pushed', async () => {
    await connect()
    const name = `${gitHub.login}/shared`
    const url = await gitHub.addRepository(name)
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'init', '-q', '-b', 'main', 'seed')
    const seed = join(folder.path, 'seed')
    await stockGit(seed, 'commit', '-q', '--allow-empty', '-m', 'Begin')
    await stockGit(seed, 'push', '-q', gitHub.folderOf(name), 'main')
    const { id } = await create({ repository: url })
    await stockGit(seed, 'commit', '-q', '--allow-empty', '-m', 'Of somebody else')
    await stockGit(seed, 'push', '-q', gitHub.folderOf(name), 'main')
    const theirs = await stockGit(seed, 'rev-parse', 'HEAD')
    const mine = await commit(id, 'mine.txt', 'Mine')
    expect(await publication(id, 'main', mine)).toMatchObject({ pushed: theirs, ahead: null })
    const push = { branch: 'main', commit: mine }
    const { status, body } = await platform.api('POST', `/workspaces/${id}/push`, push)
    expect([status, body['code']]).toEqual([409, 'push_diverged'])
    expect(await stockGit(gitHub.folderOf(name), 'rev-parse', 'main')).toBe(theirs)
    gitHub.tokens.clear()
    const late = await platform.api('POST', `/workspaces/${id}/push`, push)
    expect([late.status, late.body['code']]).toEqual([409, 'code_host_reconnect'])
  })
})

// The shapes are recorded; these statuses, headers and messages are those of the documentation.
describe('what GitHub refuses', () => {
  const reset = String(Math.floor(Date.now() / 1000) + 600)
  it.each<[string, Answer, string, string]>([
    [
      'a limit that is used up',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } },
      'code_host_rate_limited',
      'as GitHub answers in an hour. Try again in',
    ],
    [
      'too much at once',
      {
        status: 403,
        headers: { 'retry-after': '30' },
        body: { message: 'You have exceeded a secondary rate limit.' },
      },
      'code_host_rate_limited',
      'Try again in 30 seconds',
    ],
    [
      'a revoked token',
      { status: 401, body: { message: 'Bad credentials' } },
      'code_host_reconnect',
      'revoked',
    ],
    [
      'an organization with single sign-on',
      { status: 403, headers: { 'x-github-sso': 'required; url=https://evil.example/sso' } },
      'code_host_sso',
      'Sign in to the organization on GitHub',
    ],
    [
      'a missing scope',
      { status: 403, headers: { 'x-oauth-scopes': 'gist', 'x-accepted-oauth-scopes': 'repo' } },
      'code_host_reconnect',
      'lacks a permission for this (repo)',
    ],
    ['its own trouble', { status: 502 }, 'code_host_trouble', 'Try again in a minute'],
  ])('by %s is said in words', async (_, answer, code, words) => {
    await connect()
    gitHub.intercept = (_method, path) => (path.startsWith('/api/v3/user/repos') ? answer : null)
    const before = gitHub.requests.length
    const { body } = await platform.api('GET', '/code-host/repositories?page=7')
    expect(body).toMatchObject({ code, detail: expect.stringContaining(words) as string })
    // Trouble of its own is asked about three times, everything else once.
    expect(gitHub.requests.length - before).toBe(answer.status === 502 ? 3 : 1)
  })
})
