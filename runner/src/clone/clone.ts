import { appendFile, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { fetchPack } from '../git/fetch-pack.ts'
import { newestSave } from '../git/ls-refs.ts'
import type { RemoteRefs } from '../git/ls-refs.ts'
import { RemoteError } from '../git/remote.ts'
import type { Remote } from '../git/remote.ts'
import type { Layout } from '../layout.ts'
import type { RunnerConfig } from '../protocol.ts'
import { prepareShadow } from './shadow.ts'

const DEFAULT_BRANCH = 'refs/heads/main'
const USER_REF = /^refs\/(heads|tags|remotes)\//
/** What would be something else than a name in a file of refs. */
const UNFIT = /[\0-\x20\x7f]/

/**
 * Makes two empty repositories: the user's clone and the shadow. What an earlier, broken-off attempt left is removed;
 * the folder itself stays, for a shell may be in it.
 */
export async function initWorkspace(layout: Layout): Promise<void> {
  const left = await readdir(layout.work)
  await Promise.all(left.map((name) => rm(join(layout.work, name), { recursive: true, force: true })))
  await rm(layout.state, { recursive: true, force: true })
  await mkdir(layout.state, { recursive: true, mode: 0o700 })
  await makeRepository(layout.gitDir)
  await prepareShadow(layout)
}

/** What `git init` would make, without its process. */
async function makeRepository(gitDir: string): Promise<void> {
  for (const folder of ['info', 'objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'hooks'])
    await mkdir(join(gitDir, folder), { recursive: true })
  await writeFile(join(gitDir, 'info', 'exclude'), '')
  await writeFile(
    join(gitDir, 'config'),
    section('core', null, {
      repositoryFormatVersion: '0',
      fileMode: 'true',
      bare: 'false',
      logAllRefUpdates: 'true',
    }),
  )
}

/** Fetches what the remote has into the two, without a work tree yet, and the newest save. Throws `GitError`. */
export async function cloneWorkspace(
  layout: Layout,
  config: Pick<RunnerConfig, 'upstream' | 'author' | 'tipFirst'>,
  remote: Remote,
  known: RemoteRefs,
  signal: AbortSignal,
): Promise<void> {
  await writeFile(join(layout.gitDir, 'HEAD'), `ref: ${known.head ?? DEFAULT_BRANCH}\n`)
  const all = [...known.refs].filter(([ref]) => USER_REF.test(ref))
  const save = newestSave(known.refs)
  const tip = config.tipFirst && !save ? known.refs.get(known.head ?? DEFAULT_BRANCH) : undefined
  // What else there is comes with the history.
  const own = tip === undefined ? all : all.filter(([, oid]) => oid === tip)
  const tips = own.map(([, oid]) => oid)
  const [shallow] = await Promise.all([
    tips.length > 0
      ? fetchPack(layout.gitDir, remote, tips, [], signal, tip === undefined ? undefined : 1)
      : [],
    save && fetchPack(layout.shadow, remote, [save.commit], tips, signal),
  ])
  await writeShallow(layout, shallow)
  await writeRefs(layout.gitDir, own)
  if (save) await writeRefs(layout.shadow, [[save.ref, save.commit]])
  await configure(layout, config, known)
}

/** Where the history ends for now: for whoever reads the clone, and for the shadow, which reads its objects. */
async function writeShallow(layout: Layout, commits: string[]): Promise<void> {
  if (commits.length === 0) return
  const unfit = commits.find((oid) => !/^[0-9a-f]{40}$/.test(oid))
  if (unfit !== undefined) throw new RemoteError('the remote has a history that ends at no commit')
  const lines = commits.map((oid) => `${oid}\n`).join('')
  for (const gitDir of [layout.gitDir, layout.shadow]) await writeFile(join(gitDir, 'shallow'), lines)
}

/** All at once, as `git pack-refs` leaves them. */
async function writeRefs(gitDir: string, refs: [ref: string, oid: string][]): Promise<void> {
  const unfit = refs.find(([ref]) => UNFIT.test(ref))
  if (unfit) throw new RemoteError(`the remote has a ref that is none (${JSON.stringify(unfit[0])})`)
  const lines = refs.map(([ref, oid]) => `${oid} ${ref}\n`)
  await writeFile(join(gitDir, 'packed-refs'), lines.join(''))
}

/** What `git clone` would have set up, had the user run it. */
async function configure(
  layout: Layout,
  { upstream, author }: Pick<RunnerConfig, 'upstream' | 'author'>,
  known: RemoteRefs,
): Promise<void> {
  const sections = [section('user', null, { name: author.name, email: author.email })]
  if (upstream !== null) {
    const fetch = '+refs/heads/*:refs/remotes/origin/*'
    sections.push(section('remote', 'origin', { url: upstream, fetch }))
    for (const ref of trackedBranches(known)) {
      sections.push(section('branch', ref.replace('refs/heads/', ''), { remote: 'origin', merge: ref }))
    }
  }
  const config = join(layout.gitDir, 'config')
  await appendFile(config, sections.join(''))
  await copyFile(config, layout.issuedConfig)
}

function trackedBranches({ head, refs }: RemoteRefs): string[] {
  const branches = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/'))
  // A branch that the platform made, for a tag or a pull request, follows none of the upstream.
  const hasOrigin = [...refs.keys()].some((ref) => ref.startsWith('refs/remotes/origin/'))
  return branches.filter(
    (ref) => (ref === head && !hasOrigin) || refs.has(ref.replace('refs/heads/', 'refs/remotes/origin/')),
  )
}

function section(name: string, subsection: string | null, values: Record<string, string>): string {
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quote(value)}\n`)
  return `[${name}${subsection === null ? '' : ` ${quote(subsection)}`}]\n${lines.join('')}`
}

function quote(text: string): string {
  return `"${text.replaceAll(/[\r\n\0]/g, ' ').replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
