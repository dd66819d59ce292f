import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OwnerPacks } from '../src/access/owner-packs.ts'
import { Fleet } from '../src/fleet/fleet.ts'
import { ZERO_OID } from '../src/git/object-id.ts'
import { FLUSH, packet } from '../src/git/pkt-line.ts'
import { Remotes } from '../src/git/remotes.ts'
import { DiskObjectStore } from '../src/store/disk-object-store.ts'
import { declareRepository } from './support/declared-repository.ts'
import type { DeclaredRepository } from './support/declared-repository.ts'
import { packOf } from './support/hostile-packs.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const MINE = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const OTHER = '01BX5ZZKBKACTAV9WEVGEMMVRZ'
const saves = (session: string): string => `refs/codenest/saves/${session}`

let platform: TestPlatform
let repository: DeclaredRepository
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let work: string
beforeAll(async () => {
  folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  repository = await declareRepository(dataDir, 'project')
  platform = await startPlatform({ dataDir })
  await stockGit(folder.path, 'init', '-q', '-b', 'main', 'work')
  work = join(folder.path, 'work')
  await writeFile(join(work, 'a.txt'), 'one\n')
  await stockGit(work, 'add', '-A')
  await stockGit(work, 'commit', '-qm', 'first')
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const urlWith = (token: string): string =>
  `${platform.address.replace('://', `://x:${token}@`)}/git/project.git`
const runner = async (session: string): Promise<string> =>
  urlWith(await repository.mint('runner', { session }))
const owner = async (name = 'owner'): Promise<string> =>
  urlWith(await repository.mint('owner', { owner: name }))
const push = (url: string, ...refspecs: string[]): Promise<string> => stockGit(work, 'push', url, ...refspecs)

/** One command as a runner posts it: a hidden ref is not advertised, so stock git does not know its old value. */
async function post(url: string, old: string, next: string, ref: string): Promise<string> {
  const { username, password, origin, pathname } = new URL(url)
  const command = packet(`${old} ${next} ${ref}\0report-status\n`)
  const response = await fetch(`${origin}${pathname}/git-receive-pack`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-git-receive-pack-request',
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    },
    body: new Uint8Array(Buffer.concat([command, FLUSH, next === ZERO_OID ? Buffer.alloc(0) : packOf([])])),
  })
  return response.text()
}

describe('refs of saves', () => {
  it('are written by the runner of their session alone, and deleted by it alone', async () => {
    const [mine, other, people] = [await runner(MINE), await runner(OTHER), await owner()]
    await push(mine, 'main', `main~0:${saves(MINE)}`)
    const first = await stockGit(work, 'rev-parse', 'main')
    await stockGit(work, 'commit', '-q', '--allow-empty', '-m', 'second')
    await push(mine, 'main')
    const second = await stockGit(work, 'rev-parse', 'main')
    for (const [old, next, ref] of [
      [first, second, saves(MINE)],
      [first, ZERO_OID, saves(MINE)],
      [ZERO_OID, second, 'refs/codenest/else'],
    ] as const) {
      expect(await post(other, old, next, ref)).toContain(`ng ${ref} not a ref of this session`)
      expect(await post(people, old, next, ref)).toContain(
        `ng ${ref} saves are written by the workspace alone`,
      )
    }
    expect(await post(mine, ZERO_OID, second, 'refs/codenest/else')).toContain('not a ref of this session')
    expect(await post(mine, ZERO_OID, second, `${saves(MINE)}/more`)).toContain('not a ref of this session')
    expect(await post(mine, first, second, saves(MINE))).toContain(`ok ${saves(MINE)}`)
    await stockGit(work, 'fetch', '-q', people, saves(MINE))
    expect(await stockGit(work, 'rev-parse', 'FETCH_HEAD')).toBe(second)
  })

  it('are hidden from a plain clone and fetched by name, with the token of the owner', async () => {
    const people = await owner()
    await stockGit(folder.path, 'clone', '-q', '--mirror', people, 'mirror')
    const mirror = join(folder.path, 'mirror')
    expect(await stockGit(mirror, 'for-each-ref')).not.toContain('codenest')
    await stockGit(mirror, 'fetch', '-q', 'origin', saves(MINE))
    expect(await stockGit(mirror, 'rev-parse', 'FETCH_HEAD')).toBe(await stockGit(work, 'rev-parse', 'main'))
    await expect(stockGit(folder.path, 'ls-remote', await owner('somebody'))).rejects.toThrow(/not found/)
    const tip = await stockGit(work, 'rev-parse', 'main')
    expect(await post(await runner(MINE), tip, ZERO_OID, saves(MINE))).toContain(`ok ${saves(MINE)}`)
    await expect(stockGit(mirror, 'fetch', '-q', 'origin', saves(MINE))).rejects.toThrow(/couldn't find/)
  })
})

it('two sessions keep their saves, and only the newer one moves branches', async () => {
  const [older, newer] = ['01J00000000000000000000000', '01K00000000000000000000000']
  const [before, now] = [await runner(older), await runner(newer)]
  await push(before, 'main:fenced', `main:${saves(older)}`)
  await push(now, `main:${saves(newer)}`)
  await stockGit(work, 'commit', '-q', '--allow-empty', '-m', 'late')
  const tip = await stockGit(work, 'rev-parse', 'main~1')
  await expect(push(before, 'main:fenced')).rejects.toThrow(/a newer session of this workspace owns/)
  expect(await post(before, tip, ZERO_OID, saves(older))).toContain(`ok ${saves(older)}`)
  await push(now, 'main:fenced')
  expect(await post(now, tip, ZERO_OID, saves(newer))).toContain(`ok ${saves(newer)}`)
})

it('the packs of an owner are those of all declared repositories but one', async () => {
  await using data = await temporaryFolder()
  for (const id of ['one', 'two']) await declareRepository(data.path, id)
  await using store = await DiskObjectStore.open(join(data.path, 'store'))
  await using remotes = await Remotes.open(store, join(data.path, 'cache'))
  const pack = { key: 'f/x/packs/y', size: 4000, objects: 1, addedAt: 0 }
  await remotes.repository('two').edit(async (version) => ({ ...version.head, packs: [pack] }))
  const owners = new OwnerPacks(await Fleet.open(remotes), remotes)
  expect(await owners.besides('one')).toEqual([pack])
  expect(await owners.besides('two')).toEqual([])
})

describe('an expired token', () => {
  it('is answered with 401 on every request, so that a credential helper forgets it', async () => {
    const token = await repository.mint('owner', { owner: 'owner' }, -60)
    const headers = {
      authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}`,
      'content-type': 'application/x-git-receive-pack-request',
    }
    const base = `${platform.address}/git/project.git`
    for (const [path, method] of [
      ['info/refs?service=git-upload-pack', 'GET'],
      ['info/refs?service=git-receive-pack', 'GET'],
      ['git-receive-pack', 'POST'],
      ['git-upload-pack', 'POST'],
    ]) {
      const body = method === 'POST' ? '0000' : null
      const answer = await fetch(`${base}/${path}`, { method: method ?? 'GET', headers, body })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic/)
    }
    const log = join(folder.path, 'helper.log')
    const helper = `!f() { echo "$1" >> ${log}; test "$1" = get && printf 'username=x\\npassword=${token}\\n'; }; f`
    await expect(stockGit(work, '-c', `credential.helper=${helper}`, 'push', base, 'main')).rejects.toThrow(
      /Authentication failed|could not read Username/,
    )
    const { stdout } = await promisify(execFile)('cat', [log])
    expect(stdout).toContain('erase')
  })
})

describe('metrics', () => {
  /** The metrics as asked for with these headers. */
  const ask = async (headers: Record<string, string> = {}): Promise<[number, string]> => {
    const sent = request(`${platform.address}/metrics`, { headers }).end()
    const [response] = await once(sent, 'response')
    return [response.statusCode, await text(response)]
  }

  it('tell of requests, pushes, the store and the cache, to this machine alone', async () => {
    await push(await runner(MINE), 'main:counted')
    await stockGit(folder.path, 'clone', '-q', await owner(), 'counted')
    const [status, metrics] = await ask()
    expect(status).toBe(200)
    for (const line of [
      /^codenest_git_requests_total\{kind="push",outcome="ok"\} [1-9]/m,
      /^codenest_git_requests_total\{kind="push",outcome="refused"\} [1-9]/m,
      /^codenest_git_requests_total\{kind="fetch",outcome="ok"\} [1-9]/m,
      /^codenest_git_requests_total\{kind="ls-refs",outcome="ok"\} [1-9]/m,
      /^codenest_git_requests_total\{kind="advertise",outcome="refused"\} [1-9]/m,
      ...['receive', 'connect', 'upload', 'publish'].map(
        (stage) => new RegExp(`^codenest_git_push_seconds_count\\{stage="${stage}"\\} [1-9]`, 'm'),
      ),
      /^codenest_store_calls_total\{kind="put_if_match",outcome="applied"\} [1-9]/m,
      /^codenest_store_calls_total\{kind="get_if_changed",outcome="unchanged"\} [1-9]/m,
      /^codenest_git_cache_bytes [1-9]/m,
      /^codenest_git_cache_hits_total \d/m,
      /^codenest_git_cache_misses_total \d/m,
      /^codenest_git_repository_packs_max [1-9]/m,
      /^process_resident_memory_bytes [1-9]/m,
    ])
      expect(metrics).toMatch(line)
    expect((await ask({ 'x-forwarded-for': '203.0.113.9' }))[0]).toBe(401)
    expect((await ask({ host: 'project.localhost' }))[0]).not.toBe(200)
  })
})
