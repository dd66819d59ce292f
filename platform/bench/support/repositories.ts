import { createCipheriv } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stockGit } from '../../tests/support/shell.ts'
import { packOf, pushBody, ZERO_OID } from './direct-push.ts'

/** Commits of history below the tip. */
const HISTORY = 30
const AUTHOR = 'Ada <ada@example.com>'

/** A bare repository on this machine with the commits that a bench will push, made beforehand. */
export interface Source {
  path: string
  files: number
  /** Commits of one changed line each, every one on top of the one before and the first on `main`, by the chain. */
  chains: Map<string, string[]>
}

/**
 * The same bytes each time: `files` small sources in folders of a hundred, two folders deep, with a short history.
 * `chains`: by name, how many commits to make.
 */
export async function makeSource(
  folder: string,
  files: number,
  chains: Record<string, number>,
): Promise<Source> {
  const path = join(folder, `source-${files}.git`)
  await stockGit(folder, 'init', '-q', '--bare', '-b', 'main', path)
  await fastImport(path, baseStream(files))
  // Loose, as a commit is that was just made.
  await fastImport(path, chainStream(files, chains), ['-c', 'fastimport.unpackLimit=1000000'])
  const listed = await stockGit(path, 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/bench')
  const made = new Map<string, string[]>()
  for (const line of listed === '' ? [] : listed.split('\n')) {
    const [oid = '', , , name = '', number = ''] = line.split(/[ /]/)
    const commits = made.get(name) ?? []
    commits[Number(number)] = oid
    made.set(name, commits)
  }
  return { path, files, chains: made }
}

/** Refs to one commit, made as a push: one in five an annotated tag, the others branches. */
export async function makeManyRefs(folder: string, count: number): Promise<Buffer> {
  const { path } = await makeSource(folder, 1, {})
  await fastImport(
    path,
    (function* () {
      for (let n = 0; n < count; n += 5)
        yield `tag v${n}\nfrom refs/heads/main\ntagger ${AUTHOR} ${1_700_000_000 + n} +0000\ndata 7\nrelease\n`
    })(),
  )
  const listed = await stockGit(path, 'for-each-ref', '--format=%(objectname) %(refname)')
  const refs = new Map(listed.split('\n').map((line) => [line.slice(41), line.slice(0, 40)]))
  const main = refs.get('refs/heads/main') ?? ''
  for (let n = 0; refs.size < count; n += 1) refs.set(`refs/heads/topic/${n}`, main)
  const updates = [...refs].map(([ref, oid]) => ({ ref, old: ZERO_OID, new: oid }))
  return pushBody(updates, await packOf(path, [...new Set(refs.values()), ''].join('\n')))
}

/** A repository of blobs that do not compress. */
export async function makeHeavySource(folder: string, megabytes: number): Promise<string> {
  const path = join(folder, 'source-heavy.git')
  await stockGit(folder, 'init', '-q', '--bare', '-b', 'main', path)
  // What does not compress need not be tried: it is the server that is looked at.
  await stockGit(path, 'config', 'core.compression', '0')
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16))
  const zeros = Buffer.alloc(4 * 1024 * 1024)
  await fastImport(
    path,
    (function* () {
      yield commitHead('refs/heads/main', 'Heavy', 0)
      for (let n = 0; n < megabytes / 4; n += 1) {
        yield `M 100644 inline asset-${n}.bin\ndata ${zeros.length}\n`
        yield cipher.update(zeros)
        yield '\n'
      }
    })(),
  )
  return path
}

function pathOf(n: number): string {
  return `src/part-${Math.floor(n / 100)}/module-${n}.ts`
}

function contentOf(n: number, line: string): string {
  const body = Array.from(
    { length: 8 },
    (_, k) => `export const value${k} = compute(${n * 31 + k * 7}, 'part ${n % 97}')`,
  )
  return [`// Module ${n}`, ...body, line, ''].join('\n')
}

function file(n: number, line: string): string {
  const content = contentOf(n, line)
  return `M 100644 inline ${pathOf(n)}\ndata ${Buffer.byteLength(content)}\n${content}\n`
}

function commitHead(ref: string, message: string, at: number): string {
  return `commit ${ref}\ncommitter ${AUTHOR} ${1_700_000_000 + at} +0000\ndata ${message.length}\n${message}\n`
}

function* baseStream(files: number): Iterable<string> {
  yield commitHead('refs/heads/main', 'Everything', 0)
  for (let n = 0; n < files; n += 1) yield file(n, '// first')
  for (let change = 1; change <= HISTORY; change += 1) {
    yield commitHead('refs/heads/main', `Change ${change}`, change)
    yield file((change * 7919) % files, `// change ${change}`)
  }
}

function* chainStream(files: number, chains: Record<string, number>): Iterable<string> {
  for (const [name, count] of Object.entries(chains))
    for (let n = 0; n < count; n += 1) {
      yield commitHead(`refs/bench/${name}/${n}`, `${name} ${n}`, 1000 + n)
      yield `from ${n === 0 ? 'refs/heads/main' : `refs/bench/${name}/${n - 1}`}\n`
      yield file((n * 104_729) % files, `// ${name} ${n}`)
    }
}

export async function fastImport(
  path: string,
  stream: Iterable<string | Uint8Array>,
  config: string[] = [],
): Promise<void> {
  const child = spawn('git', [...config, 'fast-import', '--quiet', '--force'], {
    env: {
      PATH: process.env['PATH'],
      GIT_DIR: path,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const exited = once(child, 'close') as Promise<[number | null]>
  await pipeline(Readable.from(stream), child.stdin)
  const [code] = await exited
  if (code !== 0) throw new Error(`git fast-import failed (${code})`)
}
