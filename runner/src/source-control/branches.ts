import { GitRefused } from './errors.ts'
import type { GitBranch } from './protocol.ts'
import type { UserGit } from './user-git.ts'

const MAX_BRANCHES = 500
const FIELDS = [
  '%(refname)',
  '%(HEAD)',
  '%(upstream:short)',
  '%(upstream:track,nobracket)',
  '%(committerdate:unix)',
  '%(symref)',
  '%(contents:subject)',
]

/** Local branches and those of remotes: the current one first, then the most recently committed to. */
export async function listBranches(git: UserGit): Promise<GitBranch[]> {
  const { stdout } = await git(
    [
      'for-each-ref',
      `--count=${MAX_BRANCHES}`,
      '--sort=-committerdate',
      `--format=${FIELDS.join('%00')}`,
      'refs/heads',
      'refs/remotes',
    ],
    { reading: true },
  )
  const lines = stdout.toString('utf8').split('\n').filter(Boolean)
  const branches = lines.map(readBranch).filter((branch) => branch !== null)
  return [...branches.filter(({ current }) => current), ...branches.filter(({ current }) => !current)]
}

function readBranch(line: string): GitBranch | null {
  const [ref = '', head, upstream = '', track = '', time = '0', symref, ...subject] = line.split('\0')
  // `origin/HEAD` is another name; `codenest/*` is what the platform was pushed, shown as incoming.
  if (symref !== '' || ref.startsWith('refs/remotes/codenest/')) return null
  return {
    name: ref.replace(/^refs\/(?:heads|remotes)\//, ''),
    remote: ref.startsWith('refs/remotes/'),
    current: head === '*',
    upstream: upstream === '' ? null : upstream,
    ahead: Number(/ahead (\d+)/.exec(track)?.[1] ?? 0),
    behind: Number(/behind (\d+)/.exec(track)?.[1] ?? 0),
    subject: subject.join('\0'),
    time: Number(time) * 1000,
  }
}

/** Of a remote's branch (`origin/main`) a local one is made that follows it, or the one that there is is taken. */
export async function switchBranch(git: UserGit, branch: string, remote: boolean): Promise<void> {
  if (!remote) {
    await git(['switch', '--quiet', '--no-guess', branch])
    return
  }
  const local = branch.slice(branch.indexOf('/') + 1)
  const exists = await git(['rev-parse', '--verify', '--quiet', `refs/heads/${local}`], {
    reading: true,
    allowedCodes: [0, 1],
  })
  if (exists.code === 0) await git(['switch', '--quiet', '--no-guess', local])
  else await git(['switch', '--quiet', '--track', '--create', local, `refs/remotes/${branch}`])
}

export async function createBranch(git: UserGit, branch: string): Promise<void> {
  await git(['switch', '--quiet', '--create', branch])
}

export async function deleteBranch(git: UserGit, branch: string, force: boolean): Promise<void> {
  const listed = await git(['branch', '--show-current'], { reading: true })
  if (listed.stdout.toString('utf8').trim() === branch) {
    throw new GitRefused('other', `${branch} is the current branch. Switch to another one, then delete it.`)
  }
  await git(['branch', '--quiet', '--delete', ...(force ? ['--force'] : []), '--', branch])
}
