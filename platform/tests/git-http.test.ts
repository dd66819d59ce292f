import { readFile, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

let server: GitServer
beforeAll(async () => {
  server = await startGitServer()
})
afterAll(() => server[Symbol.asyncDispose]())

let made = 0
async function newRepository(): Promise<string> {
  made += 1
  await server.remotes.create(`r${made}`, { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
  return `r${made}`
}

async function seededClone(folder: string): Promise<{ id: string; clone: string }> {
  const id = await newRepository()
  await stockGit(folder, 'init', '-q', '-b', 'main', 'work')
  const clone = join(folder, 'work')
  await writeFile(join(clone, 'a.txt'), 'one\n')
  await stockGit(clone, 'add', '-A')
  await stockGit(clone, 'commit', '-qm', 'first')
  await stockGit(clone, 'remote', 'add', 'origin', server.url(id))
  await stockGit(clone, 'push', '-q', 'origin', 'main')
  return { id, clone }
}

describe('a stock git client', () => {
  it.each(['0', '2'])('clones what it pushed, over protocol version %s', async (version) => {
    await using folder = await temporaryFolder()
    const { id, clone } = await seededClone(folder.path)
    await stockGit(clone, 'tag', '-a', 'v1', '-m', 'one')
    await stockGit(clone, 'branch', 'feature/ünïcode')
    await stockGit(clone, 'push', '-q', 'origin', '--all')
    await stockGit(clone, 'push', '-q', 'origin', '--tags')
    await stockGit(folder.path, '-c', `protocol.version=${version}`, 'clone', '-q', server.url(id), 'copy')
    const copy = join(folder.path, 'copy')
    expect(await readFile(join(copy, 'a.txt'), 'utf8')).toBe('one\n')
    expect(await stockGit(copy, 'rev-parse', 'HEAD', 'v1', 'origin/feature/ünïcode')).toBe(
      await stockGit(clone, 'rev-parse', 'HEAD', 'v1', 'feature/ünïcode'),
    )
    await stockGit(copy, 'fsck', '--strict')
  })

  it('clones an empty repository and pushes into it', async () => {
    await using folder = await temporaryFolder()
    const id = await newRepository()
    await stockGit(folder.path, 'clone', '-q', server.url(id), 'copy')
    expect(await stockGit(join(folder.path, 'copy'), 'symbolic-ref', 'HEAD')).toBe('refs/heads/main')
  })

  it('fetches shallow, deepens, and fetches without blobs', async () => {
    await using folder = await temporaryFolder()
    const { id, clone } = await seededClone(folder.path)
    for (const text of ['two', 'three', 'four']) {
      await writeFile(join(clone, 'a.txt'), text)
      await stockGit(clone, 'commit', '-qam', text)
    }
    await stockGit(clone, 'push', '-q', 'origin', 'main')
    await stockGit(folder.path, 'clone', '-q', '--depth=1', server.url(id), 'shallow')
    const shallow = join(folder.path, 'shallow')
    expect(await stockGit(shallow, 'rev-list', '--count', 'HEAD')).toBe('1')
    await stockGit(shallow, 'fetch', '-q', '--deepen=2')
    expect(await stockGit(shallow, 'rev-list', '--count', 'HEAD')).toBe('3')
    await stockGit(folder.path, 'clone', '-q', '--filter=blob:none', server.url(id), 'partial')
    expect(await readFile(join(folder.path, 'partial', 'a.txt'), 'utf8')).toBe('four')
  })

  it('pushes a pack that is too large for memory, with the probe of a chunked body', async () => {
    await using folder = await temporaryFolder()
    const { id, clone } = await seededClone(folder.path)
    const bytes = randomBytes(3 * 1024 * 1024)
    await writeFile(join(clone, 'large.bin'), bytes)
    await stockGit(clone, 'add', '-A')
    await stockGit(clone, 'commit', '-qm', 'large')
    await stockGit(clone, 'push', '-q', 'origin', 'main')
    await stockGit(folder.path, 'clone', '-q', server.url(id), 'copy')
    expect((await readFile(join(folder.path, 'copy', 'large.bin'))).equals(bytes)).toBe(true)
  })

  it('deletes a branch, forces with a lease, and is refused when it is behind', async () => {
    await using folder = await temporaryFolder()
    const { id, clone } = await seededClone(folder.path)
    await stockGit(clone, 'push', '-q', 'origin', 'main:gone')
    await stockGit(clone, 'push', '-q', 'origin', ':gone')
    expect(await stockGit(clone, 'ls-remote', 'origin', 'refs/heads/gone')).toBe('')
    await stockGit(folder.path, 'clone', '-q', server.url(id), 'other')
    const other = join(folder.path, 'other')
    await stockGit(other, 'commit', '-q', '--allow-empty', '-m', 'theirs')
    await stockGit(other, 'push', '-q')
    await stockGit(clone, 'commit', '-q', '--amend', '-m', 'mine')
    await expect(stockGit(clone, 'push', '-q', 'origin', 'main')).rejects.toThrow(/fetch first|rejected/)
    await expect(stockGit(clone, 'push', '-q', '--force-with-lease', 'origin', 'main')).rejects.toThrow(
      /stale info/,
    )
    await stockGit(clone, 'fetch', '-q')
    await stockGit(clone, 'push', '-q', '--force-with-lease', 'origin', 'main')
    expect(await stockGit(clone, 'ls-remote', 'origin', 'main')).toContain(
      await stockGit(clone, 'rev-parse', 'main'),
    )
  })

  it('pushes atomically or not at all, and is told why by the rules', async () => {
    await using folder = await temporaryFolder()
    const { clone } = await seededClone(folder.path)
    await stockGit(clone, 'branch', 'free')
    await stockGit(clone, 'branch', 'protected')
    await expect(stockGit(clone, 'push', '--atomic', 'origin', 'free', 'protected')).rejects.toThrow(
      /this branch is protected/,
    )
    expect(await stockGit(clone, 'ls-remote', 'origin', 'free')).toBe('')
    await stockGit(clone, 'branch', 'judged')
    await expect(stockGit(clone, 'push', 'origin', 'judged')).rejects.toThrow(
      /remote: judged and found wanting/,
    )
    await stockGit(clone, 'push', '-q', '--atomic', 'origin', 'free', 'main:more')
    expect((await stockGit(clone, 'ls-remote', 'origin', 'free', 'more')).split('\n')).toHaveLength(2)
  })

  it('does not see refs of saves unless it names one', async () => {
    await using folder = await temporaryFolder()
    const { id, clone } = await seededClone(folder.path)
    const ref = 'refs/codenest/saves/01ARZ3NDEKTSV4RRFFQ69G5FAV'
    await stockGit(clone, 'push', '-q', 'origin', `main:${ref}`)
    expect(await stockGit(clone, 'ls-remote', 'origin')).not.toContain('codenest')
    await stockGit(folder.path, 'clone', '-q', '--mirror', server.url(id), 'mirror')
    expect(await stockGit(join(folder.path, 'mirror'), 'for-each-ref')).not.toContain('codenest')
    await stockGit(clone, 'fetch', '-q', 'origin', ref)
    expect(await stockGit(clone, 'rev-parse', 'FETCH_HEAD')).toBe(await stockGit(clone, 'rev-parse', 'main'))
  })

  it('gets every push of many at once in, whatever refs they move', async () => {
    await using folder = await temporaryFolder()
    const { clone } = await seededClone(folder.path)
    const names = Array.from({ length: 12 }, (_, n) => `b${n}`)
    await Promise.all(names.map((name) => stockGit(clone, 'push', '-q', 'origin', `main:${name}`)))
    expect((await stockGit(clone, 'ls-remote', '--heads', 'origin')).split('\n')).toHaveLength(
      names.length + 1,
    )
  })
})

it('serves what was pushed after a restart over the same store', async () => {
  await using folder = await temporaryFolder()
  const { id, clone } = await seededClone(folder.path)
  const { Remotes } = await import('../src/git/remotes.ts')
  await using again = await Remotes.open(server.store, join(folder.path, 'cache'))
  const version = await again.repository(id).head()
  expect(version?.head.refs['refs/heads/main']).toBe(await stockGit(clone, 'rev-parse', 'main'))
  expect(
    version &&
      (await again.repository(id).objects(version).read(version.head.refs['refs/heads/main']!))?.type,
  ).toBe('commit')
})
