import { createConnection } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { visit } from './support/visit.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(() => platform[Symbol.asyncDispose]())

const template = { source: { template: 'static-site' } }

/** The commit of the fleet: bad input must leave it where it is. */
async function fleetTip(): Promise<string> {
  return stockGit('/', 'ls-remote', await platform.gitUrl('fleet'), 'refs/heads/main')
}

describe('access', () => {
  it('answers 401 to everybody else', async () => {
    for (const path of [
      '/',
      '/w/x',
      '/assets/x.js',
      '/api/v1/workspaces',
      '/api/v1/openapi.json',
      '/api/v1/nothing',
    ])
      expect((await fetch(platform.origin + path)).status, path).toBe(401)
    const git = await fetch(`${platform.origin}/git/fleet.git/info/refs?service=git-upload-pack`)
    expect(git.status).toBe(401)
    expect(git.headers.get('www-authenticate')).toMatch(/^Basic/)
  })

  it('asks a browser that was led here to ask once more, with the cookie that it held back', async () => {
    const ask = async (path: string, from: string, what = 'document'): Promise<string> => {
      const headers = { accept: 'text/html', 'sec-fetch-site': from, 'sec-fetch-dest': what }
      const { status, body } = await visit(platform, new URL(platform.origin).host, path, headers)
      expect(status).toBe(401)
      return body
    }
    const refresh = '<meta http-equiv="refresh" content="0">'
    expect(await ask('/w/x', 'cross-site')).toContain(refresh)
    // Once, no part of another page, and nothing but pages.
    expect(await ask('/w/x', 'same-origin')).not.toContain(refresh)
    expect(await ask('/w/x', 'cross-site', 'iframe')).not.toContain(refresh)
    expect(await ask('/api/v1/workspaces', 'cross-site')).not.toContain(refresh)
  })

  it('is healthy and ready without signing in', async () => {
    expect((await fetch(`${platform.origin}/healthz`)).status).toBe(200)
    expect((await fetch(`${platform.origin}/readyz`)).status).toBe(200)
  })

  it('signs in once by each launch link, with a cookie that only this host gets', async () => {
    const url = platform.launchUrl()
    const first = await fetch(url, { redirect: 'manual' })
    expect(first.status).toBe(303)
    const cookie = first.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    expect(cookie).not.toMatch(/Domain/i)
    const second = await fetch(url, { redirect: 'manual' })
    expect(second.status).toBe(401)
    expect(second.headers.get('set-cookie')).toBeNull()
    expect(platform.launchUrl()).not.toBe(url)
  })

  it('takes changes only from its own pages', async () => {
    const before = await fleetTip()
    for (const origin of ['http://evil.example', 'null', platform.origin.replace('localhost', 'x.localhost')])
      expect((await platform.api('POST', '/workspaces', template, { origin })).status).toBe(403)
    expect(await fleetTip()).toBe(before)
  })

  it('knows no host but its own', async () => {
    const { port, hostname } = new URL(platform.address)
    const socket = createConnection(Number(port), hostname)
    socket.end(`GET /healthz HTTP/1.1\r\nHost: rebound.example:${port}\r\nConnection: close\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 421/)
  })

  it('checks origin and token of every upgrade', async () => {
    const { port, hostname } = new URL(platform.address)
    const upgrade = async (
      host: string,
      origin: string,
      path = '/socket.io/?EIO=4&transport=websocket',
    ): Promise<string> => {
      const socket = createConnection(Number(port), hostname)
      await once(socket, 'connect')
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      )
      return (await text(socket)).split('\r\n')[0] ?? ''
    }
    expect(await upgrade('x.localhost', 'http://evil.example')).toMatch(/403/)
    expect(await upgrade('x.localhost', platform.origin)).toMatch(/401/)
    expect(await upgrade('3000--x.localhost', platform.origin)).toMatch(/401/)
    expect(await upgrade('localhost', platform.origin)).toMatch(/404/)
    expect(await upgrade('evil.example', platform.origin)).toMatch(/404/)
  })
})

describe('bad input gets a clear 4xx and changes nothing', () => {
  it.each([
    ['an unknown template', { source: { template: 'nope' } }, 422, 'unknown_template'],
    [
      'a parameter of the wrong shape',
      { source: { template: 'static-site', parameters: { title: 1 } } },
      422,
      'invalid_parameters',
    ],
    [
      'an unknown parameter',
      { source: { template: 'static-site', parameters: { nope: 'x' } } },
      422,
      'invalid_parameters',
    ],
    ['a name with a slash', { name: 'a/b', ...template }, 400, 'invalid_body'],
    ['a name with two hyphens', { name: 'a--b', ...template }, 400, 'invalid_body'],
    ['no source', {}, 400, 'invalid_body'],
    [
      'two sources',
      { source: { template: 'static-site', repository: 'https://github.com/o/r' } },
      400,
      'invalid_body',
    ],
    ['an unknown field', { ...template, admin: true }, 400, 'invalid_body'],
    ['a body that is no object', [], 400, 'invalid_body'],
    ['a body that is no JSON', '{"name":', 400, 'bad_json'],
    ['a body of 3 MB', { name: 'x'.repeat(3_000_000) }, 413, 'body_too_large'],
    ['ext::', { source: { repository: 'ext::sh -c id' } }, 422, 'repository_url_refused'],
    ['file://', { source: { repository: 'file:///etc' } }, 422, 'repository_url_refused'],
    ['an ssh option', { source: { repository: 'ssh://-oProxyCommand=id/r' } }, 422, 'repository_url_refused'],
    ['a leading dash', { source: { repository: '--upload-pack=id' } }, 422, 'repository_url_refused'],
  ])('%s', async (_what, body, status, code) => {
    const before = await fleetTip()
    const answer = await platform.api('POST', '/workspaces', body)
    expect(answer).toMatchObject({
      status,
      body: { status, code, detail: expect.stringMatching(/\w{3,}.*\./) },
    })
    expect(await fleetTip()).toBe(before)
  })

  it.each([
    ['GET', '/workspaces/nobody'],
    ['POST', '/workspaces/nobody/start'],
    ['POST', '/workspaces/nobody/stop'],
    ['DELETE', '/workspaces/nobody'],
    ['GET', '/workspaces/nobody/history'],
    ['POST', '/workspaces/nobody/connection'],
    ['GET', '/workspaces/..%2ffleet'],
    ['GET', '/nothing'],
  ])('%s %s is not found', async (method, path) => {
    expect((await platform.api(method, path)).status).toBe(404)
  })
})

it('documents every operation that it answers', async () => {
  const { body } = await platform.api('GET', '/openapi.json')
  expect(body).toMatchObject({ openapi: '3.1.0' })
  expect(Object.keys(body['paths'] as object).sort()).toEqual([
    '/code-host',
    '/code-host/account',
    '/code-host/connect',
    '/code-host/repositories',
    '/environment',
    '/events',
    '/git-tokens',
    '/host-credentials',
    '/host-credentials/{host}',
    '/session',
    '/shared/{token}',
    '/shared/{token}/archive',
    '/shared/{token}/folder',
    '/shared/{token}/history',
    '/shared/{token}/raw',
    '/shared/{token}/text',
    '/templates',
    '/templates/{name}',
    '/templates/{name}/preview',
    '/templates/{name}/refresh',
    '/workspaces',
    '/workspaces/{id}',
    '/workspaces/{id}/commits/{commit}/archive',
    '/workspaces/{id}/commits/{commit}/changes',
    '/workspaces/{id}/commits/{commit}/files/{path}',
    '/workspaces/{id}/connection',
    '/workspaces/{id}/environment',
    '/workspaces/{id}/fork-upstream',
    '/workspaces/{id}/history',
    '/workspaces/{id}/links',
    '/workspaces/{id}/links/{link}',
    '/workspaces/{id}/ports/{port}',
    '/workspaces/{id}/ports/{port}/links',
    '/workspaces/{id}/ports/{port}/links/{link}',
    '/workspaces/{id}/previews',
    '/workspaces/{id}/publication',
    '/workspaces/{id}/publish',
    '/workspaces/{id}/pull-request',
    '/workspaces/{id}/pull-request/draft',
    '/workspaces/{id}/push',
    '/workspaces/{id}/restore',
    '/workspaces/{id}/sessions',
    '/workspaces/{id}/settings',
    '/workspaces/{id}/start',
    '/workspaces/{id}/stop',
    '/workspaces/{id}/template-update',
    '/workspaces/{id}/template-update/plan',
    '/workspaces/{id}/trust',
  ])
  expect(JSON.stringify(body)).not.toContain('$ref')
  const { get } = (
    body['paths'] as Record<
      string,
      { get: { parameters: { name: string; in: string; required: boolean }[] } }
    >
  )['/workspaces/{id}/history']!
  expect(get.parameters.map(({ name, in: where, required }) => `${name} ${where} ${required}`)).toEqual([
    'id path true',
    'path query false',
    'cursor query false',
    'limit query false',
  ])
  expect(body).toHaveProperty([
    'paths',
    '/workspaces/{id}/commits/{commit}/archive',
    'get',
    'responses',
    '200',
    'content',
    'application/zip',
  ])
})

it('lists the templates with their parameters', async () => {
  const { body } = await platform.api('GET', '/templates')
  const names = (body['templates'] as { name: string }[]).map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['node-express', 'python-fastapi', 'react-vite', 'static-site']),
  )
})

describe('git over HTTP', () => {
  it('lets the owner read templates and not write them', async () => {
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('templates/static-site'), 'copy')
    const copy = `${folder.path}/copy`
    await stockGit(copy, 'commit', '-q', '--allow-empty', '-m', 'x')
    await expect(stockGit(copy, 'push', '-q')).rejects.toThrow(/403/)
  })

  it('refuses an invalid fleet with the reason, and rewritten history', async () => {
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
    const fleet = `${folder.path}/fleet`
    const { mkdir, writeFile } = await import('node:fs/promises')
    await mkdir(`${fleet}/workspaces/owner`, { recursive: true })
    await writeFile(`${fleet}/workspaces/owner/broken.yaml`, 'kind: Workspace\nspec: 1\n')
    await stockGit(fleet, 'add', '-A')
    await stockGit(fleet, 'commit', '-qm', 'broken')
    await expect(stockGit(fleet, 'push', '-q')).rejects.toThrow(
      /remote: workspaces\/owner\/broken.yaml: .*apiVersion/,
    )
    await stockGit(fleet, 'reset', '-q', '--hard', 'origin/main')
    await stockGit(fleet, 'commit', '-q', '--amend', '-m', 'rewritten')
    await expect(stockGit(fleet, 'push', '-qf')).rejects.toThrow(/not rewritten/)
    await expect(stockGit(fleet, 'push', '-q', 'origin', 'HEAD:other')).rejects.toThrow(/one branch/)
  })
})
