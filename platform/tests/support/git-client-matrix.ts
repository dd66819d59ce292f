import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FLUSH, packet } from '../../src/git/pkt-line.ts'
import type { GitServer } from './git-server.ts'
import { stockGit, temporaryFolder } from './shell.ts'

const EMPTY_PACK = withChecksum(Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1'))

/** What stock git does with a remote, over both versions of its protocol. */
export function describeGitClient(
  name: string,
  server: () => GitServer,
  versions: ('0' | '2')[] = ['0', '2'],
): void {
  let made = 0
  const newRepository = async (): Promise<string> => {
    made += 1
    const id = `client-${made}`
    await server().remotes.create(id, { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
    return id
  }

  /** A clone with five commits on `main`, all pushed, and the URL of its remote. */
  const seeded = async (folder: string): Promise<{ id: string; url: string; work: string }> => {
    const id = await newRepository()
    const work = join(folder, 'work')
    await stockGit(folder, 'init', '-q', '-b', 'main', 'work')
    await stockGit(work, 'remote', 'add', 'origin', server().url(id))
    for (const text of ['one', 'two', 'three', 'four', 'five']) await commit(work, 'a.txt', text)
    await stockGit(work, 'push', '-q', 'origin', 'main')
    return { id, url: server().url(id), work }
  }

  const commit = async (work: string, file: string, content: string | Buffer): Promise<void> => {
    await writeFile(join(work, file), content)
    await stockGit(work, 'add', '-A')
    await stockGit(work, 'commit', '-q', '--allow-empty', '-m', `write ${file}`)
  }

  describe.each(versions)(`stock git on ${name}, protocol version %s`, (version) => {
    const git = (cwd: string, ...args: string[]): Promise<string> =>
      stockGit(cwd, '-c', `protocol.version=${version}`, ...args)

    it('clones an empty repository, fills it, and clones it whole', async () => {
      await using folder = await temporaryFolder()
      const url = server().url(await newRepository())
      await git(folder.path, 'clone', '-q', url, 'first')
      const first = join(folder.path, 'first')
      await commit(first, 'ünï cödé 日本.txt', 'text\n')
      await git(first, 'push', '-q', 'origin', 'HEAD:refs/heads/main')
      await git(folder.path, 'clone', '-q', url, 'second')
      expect(await readFile(join(folder.path, 'second', 'ünï cödé 日本.txt'), 'utf8')).toBe('text\n')
      await stockGit(join(folder.path, 'second'), 'fsck', '--full', '--strict')
    })

    it('pushes and fetches branches and tags of any name, and single ones of them', async () => {
      await using folder = await temporaryFolder()
      const { url, work } = await seeded(folder.path)
      await stockGit(work, 'tag', 'light')
      await stockGit(work, 'tag', '-a', 'v1', '-m', 'one', 'main~2')
      await stockGit(work, 'tag', '-a', 'nested', '-m', 'two', 'v1')
      await stockGit(work, 'branch', 'feature/日本-ünï', 'main~1')
      await git(work, 'push', '-q', 'origin', '--all')
      await git(work, 'push', '-q', 'origin', '--tags')
      await git(folder.path, 'clone', '-q', url, 'copy')
      const names = ['light', 'v1', 'v1^{}', 'nested', 'nested^{}']
      expect(await stockGit(join(folder.path, 'copy'), 'rev-parse', ...names)).toBe(
        await stockGit(work, 'rev-parse', ...names),
      )
      expect(await git(work, 'ls-remote', 'origin', 'nested^{}')).toContain(
        await stockGit(work, 'rev-parse', 'nested^{}'),
      )
      await git(folder.path, 'clone', '-q', '--single-branch', '-b', 'feature/日本-ünï', url, 'single')
      const single = join(folder.path, 'single')
      expect(await stockGit(single, 'branch', '-r')).toContain('origin/feature/日本-ünï')
      expect(await stockGit(single, 'branch', '-r')).not.toContain('origin/main')
      await git(work, 'push', '-q', 'origin', ':refs/tags/light', ':feature/日本-ünï')
      await git(join(folder.path, 'copy'), 'fetch', '-q', '--prune', '--prune-tags')
      expect(await stockGit(join(folder.path, 'copy'), 'for-each-ref')).not.toMatch(/light|feature/)
    })

    it('fetches shallow, deepens, pushes out of a shallow clone, and gets the rest', async () => {
      await using folder = await temporaryFolder()
      const { url, work } = await seeded(folder.path)
      await git(folder.path, 'clone', '-q', '--depth=1', url, 'shallow')
      const shallow = join(folder.path, 'shallow')
      const count = (): Promise<string> => stockGit(shallow, 'rev-list', '--count', 'HEAD')
      expect(await count()).toBe('1')
      await git(shallow, 'fetch', '-q', '--deepen=1')
      expect(await count()).toBe('2')
      await git(shallow, 'fetch', '-q', '--depth=4')
      expect(await count()).toBe('4')
      await commit(shallow, 'b.txt', 'out of a shallow clone')
      await git(shallow, 'push', '-q', 'origin', 'main')
      await git(shallow, 'fetch', '-q', '--unshallow')
      expect(await count()).toBe('6')
      await stockGit(shallow, 'fsck', '--full')
      await git(work, 'pull', '-q', '--ff-only', 'origin', 'main')
      expect(await readFile(join(work, 'b.txt'), 'utf8')).toBe('out of a shallow clone')
      await git(folder.path, 'clone', '-q', '--shallow-exclude=refs/tags/none', url, 'excluded').catch(
        () => {},
      )
      await git(folder.path, 'clone', '-q', '--shallow-since=2001-01-01', url, 'since')
      expect(await stockGit(join(folder.path, 'since'), 'rev-list', '--count', 'HEAD')).toBe('6')
    })

    it('leaves out blobs and trees, and fetches them when they are needed', async () => {
      await using folder = await temporaryFolder()
      const { url, work } = await seeded(folder.path)
      for (const filter of ['blob:none', 'tree:0', 'blob:limit=1']) {
        const to = filter.replaceAll(/\W/g, '-')
        await git(folder.path, 'clone', '-q', `--filter=${filter}`, '--no-checkout', url, to)
        const partial = join(folder.path, to)
        const missing = await stockGit(partial, 'rev-list', '--all', '--objects', '--missing=print')
        expect(missing).toMatch(/^\?/m)
        expect(await git(partial, 'show', 'HEAD~3:a.txt')).toBe('two')
        await git(partial, 'checkout', '-q', 'main')
        expect(await readFile(join(partial, 'a.txt'), 'utf8')).toBe('five')
      }
      await commit(work, 'a.txt', 'six')
      await git(work, 'push', '-q', 'origin', 'main')
      await git(join(folder.path, 'blob-none'), 'pull', '-q')
      expect(await readFile(join(folder.path, 'blob-none', 'a.txt'), 'utf8')).toBe('six')
    })

    it('pushes several refs, atomically or each for itself, with options and leases', async () => {
      await using folder = await temporaryFolder()
      const { work } = await seeded(folder.path)
      const heads = async (): Promise<string[]> =>
        (await git(work, 'ls-remote', '--heads', 'origin')).split('\n').map((line) => line.slice(52))
      await git(
        work,
        'push',
        '-q',
        '--atomic',
        '-o',
        'ci.skip',
        '-o',
        'more',
        'origin',
        'main:a',
        'main~1:refs/heads/b',
      )
      expect(await heads()).toEqual(['a', 'b', 'main'])
      await expect(git(work, 'push', '--atomic', 'origin', 'main:c', 'main:protected')).rejects.toThrow(
        /remote rejected\] main -> protected \(this branch is protected\)/,
      )
      expect(await heads()).toEqual(['a', 'b', 'main'])
      await expect(git(work, 'push', 'origin', 'main:c', 'main:protected')).rejects.toThrow(/protected/)
      expect(await heads()).toEqual(['a', 'b', 'c', 'main'])
      await expect(git(work, 'push', 'origin', 'main~1:refs/heads/judged')).rejects.toThrow(
        /remote: judged and found wanting/,
      )
      await stockGit(work, 'commit', '-q', '--amend', '-m', 'other')
      await expect(git(work, 'push', '--force-with-lease=main:main~3', 'origin', 'main')).rejects.toThrow(
        /stale info/,
      )
      await git(work, 'push', '-q', '--force-with-lease', 'origin', 'main')
      expect(await git(work, 'ls-remote', 'origin', 'main')).toContain(
        await stockGit(work, 'rev-parse', 'main'),
      )
      await expect(git(work, 'push', 'origin', 'main:a/b')).rejects.toThrow(/conflicting name/)
    })

    it('pushes a body of several MiB in chunks, after asking with an empty one', async () => {
      await using folder = await temporaryFolder()
      const { url, work } = await seeded(folder.path)
      const large = randomBytes(3 * 1024 * 1024)
      await commit(work, 'large.bin', large)
      await git(work, 'push', '-q', 'origin', 'main')
      await git(folder.path, 'clone', '-q', url, 'copy')
      const copied = await readFile(join(folder.path, 'copy', 'large.bin'))
      expect(copied.equals(large)).toBe(true)
    })

    it('has long negotiations, whose requests it sends with gzip', async () => {
      await using folder = await temporaryFolder()
      const { url, work } = await seeded(folder.path)
      await git(folder.path, 'clone', '-q', url, 'other')
      const other = join(folder.path, 'other')
      for (let n = 0; n < 40; n += 1)
        await stockGit(other, 'commit', '-q', '--allow-empty', '-m', `only here ${n}`)
      await commit(work, 'b.txt', 'new')
      await git(work, 'push', '-q', 'origin', 'main')
      await git(other, 'fetch', '-q')
      expect(await stockGit(other, 'rev-parse', 'origin/main')).toBe(
        await stockGit(work, 'rev-parse', 'main'),
      )
    })

    it('says that its ids are SHA-1', async () => {
      await using folder = await temporaryFolder()
      const { url } = await seeded(folder.path)
      await stockGit(folder.path, 'init', '-q', '--object-format=sha256', '-b', 'main', 'new')
      const work = join(folder.path, 'new')
      await commit(work, 'a.txt', 'x')
      await expect(git(work, 'push', url, 'main:sha256')).rejects.toThrow(/hash algorithm/)
      await expect(git(work, 'fetch', url)).rejects.toThrow()
    })

    it('does not see hidden refs unless it names one, and does not delete them by mirroring', async () => {
      await using folder = await temporaryFolder()
      const { id, url, work } = await seeded(folder.path)
      const ref = 'refs/codenest/saves/01ARZ3NDEKTSV4RRFFQ69G5FAV'
      await stockGit(work, 'checkout', '-q', '--detach')
      await commit(work, 'a.txt', 'saved, not committed')
      const saved = await stockGit(work, 'rev-parse', 'HEAD')
      await git(work, 'push', '-q', 'origin', `HEAD:${ref}`)
      expect(await git(work, 'ls-remote', 'origin')).not.toContain('codenest')
      await git(folder.path, 'clone', '-q', '--mirror', url, 'mirror')
      const mirror = join(folder.path, 'mirror')
      expect(await stockGit(mirror, 'for-each-ref')).not.toContain('codenest')
      await expect(stockGit(mirror, 'cat-file', '-e', saved)).rejects.toThrow()
      await git(mirror, 'push', '-q', '--mirror', url)
      expect((await server().remotes.repository(id).head())?.head.refs[ref]).toBe(saved)
      // Version 0 knows no ref that is not advertised; version 2 asks for what it wants.
      const fetched = await git(mirror, 'fetch', '-q', 'origin', `${ref}:refs/found`).then(
        () => stockGit(mirror, 'rev-parse', 'refs/found'),
        (error: unknown) => String(error),
      )
      expect(fetched).toContain(version === '2' ? saved : "couldn't find remote ref")
    })
  })

  it(`a fetch by id on ${name} gets what only hidden refs reach: who may fetch a repository may fetch all of it`, async () => {
    await using folder = await temporaryFolder()
    const { url, work } = await seeded(folder.path)
    await stockGit(work, 'checkout', '-q', '--detach')
    await commit(work, 'a.txt', 'saved')
    await stockGit(work, 'push', '-q', 'origin', 'HEAD:refs/codenest/saves/01ARZ3NDEKTSV4RRFFQ69G5FAV')
    const saved = await stockGit(work, 'rev-parse', 'HEAD')
    await stockGit(folder.path, 'clone', '-q', url, 'copy')
    const copy = join(folder.path, 'copy')
    await stockGit(copy, '-c', 'protocol.version=2', 'fetch', '-q', 'origin', saved)
    expect(await stockGit(copy, 'rev-parse', 'FETCH_HEAD')).toBe(saved)
  })

  it(`takes gzip and plain bodies on ${name}, and says when one is neither`, async () => {
    await using folder = await temporaryFolder()
    const { url } = await seeded(folder.path)
    const body = Buffer.concat([packet('command=ls-refs\n'), Buffer.from('0001'), packet('symrefs\n'), FLUSH])
    const ask = (sent: Buffer, headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}/git-upload-pack`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-git-upload-pack-request',
          'git-protocol': 'version=2',
          ...headers,
        },
        body: new Uint8Array(sent),
      })
    const plain = await (await ask(body, {})).text()
    expect(plain).toContain('refs/heads/main')
    expect(await (await ask(gzipSync(body), { 'content-encoding': 'gzip' })).text()).toBe(plain)
    expect((await ask(body, { 'content-encoding': 'gzip' })).status).toBe(400)
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    expect((await ask(bomb, { 'content-encoding': 'gzip' })).status).toBe(400)
  })

  it(`lists and clones ten thousand refs on ${name}`, async () => {
    await using folder = await temporaryFolder()
    const { url, work } = await seeded(folder.path)
    const main = await stockGit(work, 'rev-parse', 'main')
    // By one request: a stock client takes a minute to look at so many refs before it sends them.
    const commands = Array.from({ length: 10_000 }, (_, n) =>
      packet(`${'0'.repeat(40)} ${main} refs/tags/t-${n}${n === 0 ? '\0report-status' : ''}\n`),
    )
    const made = await fetch(`${url}/git-receive-pack`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-git-receive-pack-request' },
      body: new Uint8Array(Buffer.concat([...commands, FLUSH, EMPTY_PACK])),
    })
    expect(await made.text()).toMatch(/^000eunpack ok\n.{4}ok refs/s)
    expect((await stockGit(work, 'ls-remote', '--tags', 'origin')).split('\n')).toHaveLength(10_000)
    await stockGit(folder.path, 'clone', '-q', '--mirror', url, 'mirror')
    const listed = await stockGit(join(folder.path, 'mirror'), 'for-each-ref', 'refs/tags')
    expect(listed.split('\n')).toHaveLength(10_000)
  })
}

/** Pushes and clones a file of that many random bytes. */
export async function pushLargeFile(server: GitServer, id: string, bytes: number): Promise<void> {
  await using folder = await temporaryFolder()
  await server.remotes.create(id, { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
  await stockGit(folder.path, 'init', '-q', '-b', 'main', 'work')
  const work = join(folder.path, 'work')
  const content = randomBytes(bytes)
  await writeFile(join(work, 'large.bin'), content)
  const quick = ['-c', 'core.compression=0', '-c', 'core.bigFileThreshold=1m']
  await stockGit(work, ...quick, 'add', '-A')
  await stockGit(work, ...quick, 'commit', '-qm', 'large')
  await stockGit(work, ...quick, 'push', '-q', server.url(id), 'main')
  await stockGit(folder.path, 'clone', '-q', '--bare', server.url(id), 'copy')
  const copied = await stockGit(folder.path, '-C', 'copy', 'cat-file', '-s', 'main:large.bin')
  expect(copied).toBe(String(bytes))
  await stockGit(join(folder.path, 'copy'), 'fsck', '--full')
}

function withChecksum(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()])
}
