import { RunnerError } from '../errors.ts'
import { fetchInto } from '../git/fetch.ts'
import { readHead, readState } from '../git/head.ts'
import { listRemoteRefs } from '../git/ls-refs.ts'
import type { Remote } from '../git/remote.ts'
import { git } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { Incoming } from '../protocol.ts'
import type { UserRefs } from '../saves/user-refs.ts'
import { createSerial } from '../serial.ts'

const BRANCHES = 'refs/heads/'
/** Where pushed commits stand in the clone, as if the workspace's remote were one called `codenest`. */
const TRACKING = 'refs/remotes/codenest/'

export interface IncomingOptions {
  layout: Layout
  remote: Remote
  userRefs: UserRefs
  /** Something is to be pushed now. */
  onResolved: () => void
  onChange: () => void
  log: Logger
  signal: AbortSignal
}

/**
 * Branches of the workspace's remote that somebody pushed from elsewhere. What is a fast-forward of a clean branch is
 * taken; everything else is offered and never forced.
 */
export class IncomingBranches {
  readonly #options: IncomingOptions
  readonly #serial = createSerial()
  #list: Incoming[] = []

  constructor(options: IncomingOptions) {
    this.#options = options
  }

  get list(): Incoming[] {
    return this.#list
  }

  /** Asks the remote, and takes what can simply be taken. Failures go to the log: the next notice tries again. */
  async check(): Promise<void> {
    const { log, signal } = this.#options
    try {
      await this.#serial(() => this.#check())
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'could not look for branches pushed from elsewhere')
    }
  }

  /** `merge` merges the pushed branch into the clone's, `mine` replaces it. Throws `RunnerError`. */
  resolve(branch: string, keep: 'merge' | 'mine'): Promise<void> {
    return this.#serial(async () => {
      const found = this.#list.find((each) => each.branch === branch)
      if (!found)
        throw new RunnerError('not_found', `Nothing that was pushed from elsewhere to ${branch} waits.`)
      if (keep === 'mine') this.#options.userRefs.overrule(BRANCHES + branch, found.commit)
      else await this.#merge(found)
      this.#set(this.#list.filter((each) => each !== found))
      this.#options.onResolved()
    })
  }

  async #check(): Promise<void> {
    const { remote, userRefs, signal } = this.#options
    const { refs } = await listRemoteRefs(remote, signal)
    userRefs.learn(refs)
    const local = await userRefs.local()
    const list: Incoming[] = []
    for (const [ref, commit] of refs) {
      if (!ref.startsWith(BRANCHES) || local.get(ref) === commit || userRefs.isOwn(ref, commit)) continue
      const offered = await this.#take(ref, commit, local.get(ref))
      if (offered) list.push(offered)
    }
    this.#set(list)
  }

  /** null when it is taken, or nothing of it is new here. */
  async #take(ref: string, commit: string, ours: string | undefined): Promise<Incoming | null> {
    const { layout, remote, log, signal } = this.#options
    const branch = ref.slice(BRANCHES.length)
    const user: GitOptions = { gitDir: layout.gitDir, workTree: layout.work, signal }
    // Nothing of the clone is touched for what is no news.
    if (ours !== undefined && (await contains(user, ours, commit))) return null
    await fetchInto(layout.gitDir, remote, ['--', remote.url, ref], signal)
    if (ours === undefined) {
      await git(['update-ref', '-m', 'pushed from elsewhere', ref, commit, '0'.repeat(40)], user)
      return null
    }
    const counted = await git(['rev-list', '--left-right', '--count', `${ours}...${commit}`], user)
    const [ahead = 0, behind = 0] = counted.stdout.toString().trim().split('\t').map(Number)
    const offer = { branch, commit, ahead, behind }
    await git(['update-ref', TRACKING + branch, commit], user)
    if (ahead > 0) return { ...offer, message: `${branch} and what was pushed from elsewhere have diverged.` }
    const head = await readHead(layout.gitDir)
    if (head.ref !== ref) {
      await git(['update-ref', '-m', 'pushed from elsewhere', ref, commit, ours], user)
      return null
    }
    const message = `${branch} was pushed from elsewhere, and there are changes here that are not committed.`
    if ((await readState(layout.gitDir)) !== 'none' || !(await isClean(user))) return { ...offer, message }
    const { code, stderr } = await git(['merge', '--ff-only', '--quiet', commit], {
      ...user,
      userConfig: true,
      allowedCodes: [0, 1, 128],
    })
    if (code === 0) return null
    log.warn({ branch, stderr }, 'a pushed branch could not be followed')
    return { ...offer, message: `${branch} was pushed from elsewhere, and git could not update the files.` }
  }

  async #merge({ branch, commit }: Incoming): Promise<void> {
    const { layout, signal } = this.#options
    const { ref } = await readHead(layout.gitDir)
    if (ref !== BRANCHES + branch) {
      const message = `${branch} is not the branch you are on. Switch to it, then merge.`
      throw new RunnerError('bad_request', message)
    }
    const { code, stderr } = await git(
      ['merge', '--no-edit', '-m', `Merge what was pushed to ${branch}`, commit],
      {
        gitDir: layout.gitDir,
        workTree: layout.work,
        userConfig: true,
        allowedCodes: [0, 1, 2, 128],
        signal,
      },
    )
    // With conflicts the merge is under way, and source control shows them.
    if (code === 0 || (await readState(layout.gitDir)) === 'merge') return
    const message = `It could not be merged: commit or discard your changes first. git says: ${stderr.trim().slice(0, 300)}`
    throw new RunnerError('file_changed', message)
  }

  #set(list: Incoming[]): void {
    const isSame = JSON.stringify(list) === JSON.stringify(this.#list)
    this.#list = list
    if (!isSame) this.#options.onChange()
  }
}

async function contains(user: GitOptions, ours: string, commit: string): Promise<boolean> {
  const { code } = await git(['merge-base', '--is-ancestor', commit, ours], {
    ...user,
    allowedCodes: [0, 1, 128],
  })
  return code === 0
}

async function isClean(user: GitOptions): Promise<boolean> {
  const { stdout } = await git(['status', '--porcelain'], { ...user, userConfig: true })
  return stdout.length === 0
}
