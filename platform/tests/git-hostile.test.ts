import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PackEntry } from '../src/git/head.ts'
import type { Limits } from '../src/git/limits.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'
import { commitOf, deltaBomb, packOf, pushBody, TYPE, whole } from './support/hostile-packs.ts'
import type { RawEntry } from './support/hostile-packs.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const MIB = 1024 * 1024
let server: GitServer
const outcomes: string[] = []

async function start(limits: Partial<Limits> = {}, besides?: () => Promise<PackEntry[]>): Promise<void> {
  outcomes.length = 0
  server = await startGitServer({
    limits,
    ...(besides && { besides }),
    observer: () => ({
      request: (kind, outcome) => void outcomes.push(`${kind} ${outcome}`),
      push: (_repository, _trace, work) => work(),
    }),
  })
  await server.remotes.create('r', { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
}

async function post(body: Buffer): Promise<string> {
  const response = await fetch(`${server.url('r')}/git-receive-pack`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-git-receive-pack-request' },
    body: new Uint8Array(body),
  })
  return response.text()
}

/** As if nothing had been sent: no object in the store, no file in the scratch folder, the head as it was. */
async function expectNothingLeft(): Promise<void> {
  expect(await readdir(server.remotes.scratch)).toEqual([])
  const keys = (await Array.fromAsync(server.store.list('f/'))).map(({ key }) => key)
  expect(keys.filter((key) => key.includes('/packs/'))).toEqual([])
  expect((await server.remotes.repository('r').head())?.head).toMatchObject({
    generation: 1,
    refs: {},
    packs: [],
  })
}

const incompressible = whole('blob', randomBytes(2 * MIB))
const blob = whole('blob', Buffer.alloc(64 * 1024, 'x'))
const tagged = commitOf({ mode: '100644', name: 'a', oid: blob.oid })
const dotGit = (name: string | Buffer): { oid: string; entries: RawEntry[] } => {
  const made = commitOf({ mode: '100644', name, oid: blob.oid })
  return { oid: made.oid, entries: [blob, ...made.entries] }
}
const refDelta = (base: string, data: Buffer): RawEntry => ({
  type: TYPE.refDelta,
  size: data.length,
  extra: Buffer.from(base, 'hex'),
  data,
})

const hostile: [string, { oid: string; entries: RawEntry[] }, RegExp][] = [
  [
    'a cycle of deltas',
    {
      oid: tagged.oid,
      entries: [
        refDelta('1'.repeat(40), Buffer.of(5, 5, 0x90, 5)),
        refDelta('2'.repeat(40), Buffer.of(5, 5, 0x90, 5)),
      ],
    },
    /delta|unresolved/,
  ],
  ['an object that is missing', { oid: tagged.oid, entries: tagged.entries }, /missing|Could not read/i],
  ['a ref to nothing', { oid: 'a'.repeat(40), entries: [blob] }, /missing|bad object/],
  ['a branch to a blob', { oid: blob.oid, entries: [blob] }, /commit/],
  [
    'a header that promises less',
    { oid: tagged.oid, entries: [{ ...blob, size: 3 }, ...tagged.entries] },
    /promises|inflate/,
  ],
  [
    'a header that promises more',
    { oid: tagged.oid, entries: [{ ...blob, size: 1e6 }, ...tagged.entries] },
    /promises|inflate/,
  ],
  [
    'an object of absurd size',
    { oid: tagged.oid, entries: [{ ...blob, size: 2 ** 45 }, ...tagged.entries] },
    /inflate|memory/,
  ],
  [
    'a delta of absurd result',
    { oid: tagged.oid, entries: [blob, refDelta(blob.oid, deltaBomb(blob.size, 2 ** 40).subarray(0, 4096))] },
    /memory|delta/,
  ],
  [
    'a delta bomb',
    {
      oid: tagged.oid,
      entries: [blob, refDelta(blob.oid, deltaBomb(blob.size, 3 * 1024 * MIB)), ...tagged.entries],
    },
    /memory/,
  ],
  ...[
    '.git',
    '.GIT',
    '.Git.',
    'git~1',
    'GIT~1',
    '.git ',
    '.g\u200cit',
    '\u206a.git',
    '.git::$INDEX_ALLOCATION',
    'x\\.git',
  ].map((name): [string, { oid: string; entries: RawEntry[] }, RegExp] => [
    `a tree with ${JSON.stringify(name)}`,
    dotGit(name),
    /named|hasDotgit/i,
  ]),
  ['a tree with ..', dotGit('..'), /illegal|hasDotdot/i],
  ['a tree with a slash', dotGit('a/b'), /illegal|fullPathname/i],
]

describe('a hostile push', () => {
  beforeEach(() => start({ unpackMemory: 512 * MIB }))
  afterEach(() => server[Symbol.asyncDispose]())

  it.each(hostile)(
    'with %s is refused and leaves nothing',
    async (_, { oid, entries }, reason) => {
      // In process, and with enough bytes that git itself takes the pack apart.
      for (const pack of [packOf(entries), packOf([incompressible, ...entries])]) {
        const answer = await post(pushBody(oid, pack))
        expect(answer).toMatch(/ng refs\/heads\/hostile /)
        expect(answer).toMatch(reason)
        await expectNothingLeft()
      }
      expect(outcomes).toEqual(['push refused', 'push refused'])
    },
    20_000,
  )

  it('that is damaged anywhere is refused and leaves nothing', async () => {
    for (const good of [
      packOf([blob, ...tagged.entries]),
      packOf([incompressible, blob, ...tagged.entries]),
    ]) {
      for (const at of [5, 11, 40, Math.floor(good.length / 2), good.length - 1]) {
        const damaged = Buffer.from(good)
        damaged[at]! ^= 0xff
        expect(await post(pushBody(tagged.oid, damaged))).toMatch(/ng refs\/heads\/hostile /)
      }
      for (const end of [0, 8, 30, Math.floor(good.length / 2), good.length - 1])
        expect(await post(pushBody(tagged.oid, good.subarray(0, end)))).toMatch(/ng refs\/heads\/hostile /)
      expect(await post(pushBody(tagged.oid, Buffer.concat([good, Buffer.from('more')])))).toMatch(/ng /)
    }
    await expectNothingLeft()
  })

  it('that is small and unpacks to much is taken by git when it is within bounds', async () => {
    const zeros = whole('blob', Buffer.alloc(100 * MIB))
    const commit = commitOf({ mode: '100644', name: 'zeros', oid: zeros.oid })
    const answer = await post(pushBody(commit.oid, packOf([zeros, ...commit.entries]), 'refs/heads/fine'))
    expect(answer).toMatch(/ok refs\/heads\/fine/)
  })

  it('whose commands are not of the protocol is told so', async () => {
    for (const body of ['zzzz', '0003', '0005x', 'ffff', '00320000']) {
      expect(await post(Buffer.from(body))).toMatch(/not of git's protocol/)
    }
    const sha256 = Buffer.from(
      `${'0'.repeat(64)} ${'1'.repeat(64)} refs/heads/x\0report-status object-format=sha256\n`,
    )
    const packetOf = Buffer.concat([Buffer.from((sha256.length + 4).toString(16).padStart(4, '0')), sha256])
    expect(await post(packetOf)).toMatch(/SHA-1/)
    await expectNothingLeft()
  })

  it('that names one ref twice gets none of them', async () => {
    const good = dotGit('a.txt')
    const [first, rest] = [
      pushBody(good.oid, Buffer.alloc(0)).subarray(0, -4),
      pushBody(good.oid, packOf(good.entries)),
    ]
    expect(await post(Buffer.concat([first, rest]))).toMatch(
      /ng refs\/heads\/hostile the push names this ref twice/,
    )
  })
})

it('a push that takes too long to unpack is stopped, and told so', async () => {
  await start({ unpackSeconds: 1 })
  // 64 MiB of zeros again and again, each 64 KiB on the wire.
  const zeros = whole('blob', Buffer.alloc(64 * MIB))
  const slow = Array.from({ length: 24 }, () => zeros)
  try {
    expect(await post(pushBody(tagged.oid, packOf(slow)))).toMatch(/more than 1 s of processor time/)
    await expectNothingLeft()
  } finally {
    await server[Symbol.asyncDispose]()
  }
})

describe('a push that is broken off', () => {
  beforeEach(() => start({ silence: 150 }))
  afterEach(() => server[Symbol.asyncDispose]())
  const good = dotGit('a.txt')

  it.each([
    ['in its commands', pushBody(good.oid, Buffer.alloc(0)).subarray(0, 30)],
    ['before its pack', pushBody(good.oid, Buffer.alloc(0))],
    ['in a small pack', pushBody(good.oid, packOf(good.entries)).subarray(0, -30)],
    ['in a large pack', pushBody(good.oid, packOf([incompressible, ...good.entries])).subarray(0, -MIB / 2)],
  ])('%s, or falls silent there, frees all it held', async (_, sent) => {
    for (const breakOff of [true, false]) {
      outcomes.length = 0
      const request = httpRequest(`${server.url('r')}/git-receive-pack`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-git-receive-pack-request',
          'transfer-encoding': 'chunked',
        },
      })
      const failed = once(request, 'error')
      await new Promise((resolve) => request.write(sent, resolve))
      if (breakOff) {
        await vi.waitFor(async () => {
          const scratch = await readdir(server.remotes.scratch)
          if (sent.length >= MIB && scratch.length === 0) throw new Error('git has not begun')
        })
        request.destroy(new Error('gone'))
      }
      await failed
      await vi.waitFor(() => expect(outcomes).toEqual(['push gone']), { timeout: 30_000 })
      await vi.waitFor(expectNothingLeft)
    }
  })
})

describe('a limit', () => {
  afterEach(() => server[Symbol.asyncDispose]())

  /** A clone with a commit of so many random bytes. */
  const clone = async (folder: string, bytes: number): Promise<string> => {
    await stockGit(folder, 'init', '-q', '-b', 'main', 'work')
    const work = join(folder, 'work')
    await writeFile(join(work, 'a.bin'), randomBytes(bytes))
    await stockGit(work, 'add', '-A')
    await stockGit(work, 'commit', '-qm', 'bytes')
    await stockGit(work, 'remote', 'add', 'origin', server.url('r'))
    return work
  }

  it.each<[string, Partial<Limits>, number, RegExp]>([
    [
      'of a small pack',
      { packBytes: 1000 },
      5000,
      /remote: The push is larger than 1000 bytes, which is the limit/,
    ],
    [
      'of a large pack',
      { packBytes: 2 * MIB },
      5 * MIB,
      /remote: The push is larger than 2 MiB, which is the limit/,
    ],
    ['of objects', { packObjects: 2 }, 10, /remote: The push has 3 objects; 2 is the limit of one push/],
    [
      'of a repository',
      { repositoryBytes: 3000 },
      5000,
      /remote: The repository would have 5.* KiB; 2.9 KiB is the limit/,
    ],
  ])('%s reaches the terminal as a sentence, and nothing is left', async (_, limits, bytes, said) => {
    await start(limits)
    await using folder = await temporaryFolder()
    const work = await clone(folder.path, bytes)
    const push = stockGit(work, 'push', 'origin', 'main')
    await expect(push).rejects.toThrow(said)
    await expect(push).rejects.toThrow(/\[remote rejected\] main -> main \(The /)
    await expectNothingLeft()
  })

  it('of an owner counts all repositories, and what forks share once', async () => {
    const other = { key: 'f/x/packs/y', size: 4000, objects: 1, addedAt: 0 }
    await start({ ownerBytes: 10_000 }, async () => [other, other])
    await using folder = await temporaryFolder()
    const work = await clone(folder.path, 5000)
    await stockGit(work, 'push', '-q', 'origin', 'main')
    await writeFile(join(work, 'b.bin'), randomBytes(1000))
    await stockGit(work, 'add', '-A')
    await stockGit(work, 'commit', '-qm', 'more')
    await expect(stockGit(work, 'push', 'origin', 'main')).rejects.toThrow(
      /remote: All repositories of this owner would have .* KiB; 9.8 KiB is the limit/,
    )
  })

  it('of refs lets delete and move, and refuses more', async () => {
    await start({ refs: 2 })
    await using folder = await temporaryFolder()
    const work = await clone(folder.path, 10)
    await stockGit(work, 'push', '-q', 'origin', 'main', 'main:second')
    await expect(stockGit(work, 'push', 'origin', 'main:third')).rejects.toThrow(
      /remote: The repository would have more than 2 refs, which is the limit/,
    )
    await stockGit(work, 'commit', '-q', '--allow-empty', '-m', 'more')
    await stockGit(work, 'push', '-q', 'origin', 'main', ':second', 'main:third')
  })
})
