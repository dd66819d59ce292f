import { debounce } from '../debounce.ts'
import { GitError } from '../git/spawn.ts'
import type { WorkPaths } from '../files/paths.ts'
import type { Layout } from '../layout.ts'
import type { SavesStatus } from '../protocol.ts'
import { createSerial } from '../serial.ts'
import { createBranch, deleteBranch, listBranches, switchBranch } from './branches.ts'
import { commit, readMessages } from './commit.ts'
import { resolveConflict } from './conflicts.ts'
import { readContent } from './content.ts'
import { GitRefused } from './errors.ts'
import { actOnHunk, readHunks } from './hunks.ts'
import { abortOperation, continueOperation } from './operation.ts'
import type { gitRequests, GitReplyValues } from './protocol.ts'
import { discard, stage, unstage } from './staging.ts'
import { readStatus } from './status.ts'
import { finishUpdate, takeUpdate } from './template-update.ts'
import { fetchAll, pull, push } from './upstream.ts'
import { createUserGit } from './user-git.ts'
import type { z } from 'zod'

/** A change is told this long after the last one, and this long after the first at the latest, in milliseconds. */
const TELL_QUIET_MS = 250
const TELL_LIMIT_MS = 1_500

export interface SourceControlOptions {
  layout: Layout
  paths: WorkPaths
  /** What programs in terminals see. */
  environment: Record<string, string>
  saves: { sweeper: { now(): Promise<void> }; readonly status: SavesStatus }
  /** Brings a commit of the workspace's remote into the clone. Throws `GitError`. */
  fetch: (commit: string) => Promise<void>
  /** The newest save, in the remote or not. */
  lastSave: () => string | null
  /** No save is made before the remote has taken others. */
  isQueueFull: () => boolean
  /** Something that a status tells may be different; the number grows each time. */
  onChange: (change: number) => void
}

type Request = keyof typeof gitRequests
type GitHandlers = {
  [N in Request]: (payload: z.infer<(typeof gitRequests)[N]>) => Promise<GitReplyValues[N]>
}

/** The user's own acts on their clone. All but reads run one at a time; all reject with `GitRefused`. */
export interface SourceControl {
  handle: GitHandlers
  /** Files, HEAD, the index or a ref of the clone changed. */
  noticeChange: () => void
  dispose: () => void
}

export function createSourceControl(options: SourceControlOptions): SourceControl {
  const { layout, paths, environment, saves } = options
  const closed = new AbortController()
  const git = createUserGit(layout, environment, closed.signal)
  const serial = createSerial()
  let changes = 0
  const tellSoon = debounce(() => options.onChange(++changes), TELL_QUIET_MS, TELL_LIMIT_MS)

  /** One act at a time; pages look again when it is done, whether or not the system can watch. */
  async function act(task: () => Promise<unknown>): Promise<Record<string, never>> {
    await run(task)
    return {}
  }

  function run<T>(task: () => Promise<T>): Promise<T> {
    return serial(task).finally(() => tellSoon.schedule())
  }

  /** What is about to be written over can be brought back from the history. Rejects when a save would not hold it; else resolves to that save. */
  async function keep(about: string[]): Promise<string | null> {
    await saves.sweeper.now()
    if (options.isQueueFull()) {
      const message =
        'The repository is away and no more saves fit into the queue, so this could not be brought back. Nothing was changed; try again when the status bar says “Saved”.'
      throw new GitRefused('other', message)
    }
    const lost = saves.status.notKept.find(({ path }) => about.includes(path))
    if (!lost) return options.lastSave()
    const message = `${lost.path} is in no save (${lost.message}), so it could not be brought back. Nothing was discarded; do it in the terminal if you mean it.`
    throw new GitRefused('other', message)
  }

  async function fetchUpdate(commit: string): Promise<void> {
    try {
      await options.fetch(commit)
    } catch (error) {
      if (!(error instanceof GitError)) throw error
      const message =
        'The update could not be fetched from the repository of the workspace, so nothing was changed. Look at the update again, and take it then.'
      throw new GitRefused('unreachable', message, error.stderr)
    }
  }

  const handle: GitHandlers = {
    'git.status': () => readStatus(git, layout),
    'git.content': ({ path, at }) => readContent(git, path, at),
    'git.hunks': ({ path, staged }) => readHunks(git, path, staged),
    'git.messages': async () => readMessages(git, layout, await readStatus(git, layout)),
    'git.branches': () => listBranches(git),
    'git.hunk': ({ path, id, act: what }) =>
      run(async () => {
        const save = what === 'discard' ? await keep([path]) : null
        await actOnHunk(git, path, id, what)
        return { save }
      }),
    'git.stage': ({ paths: which }) => act(() => stage(git, which)),
    'git.unstage': ({ paths: which }) =>
      act(async () => unstage(git, which, (await readStatus(git, layout)).commit === null)),
    'git.discard': ({ paths: which }) =>
      run(async () => {
        const save = await keep(which)
        await discard(git, which, await readStatus(git, layout))
        return { save }
      }),
    'git.commit': (payload) => run(() => commit(git, payload)),
    'git.switch': ({ branch, remote }) => act(() => switchBranch(git, branch, remote)),
    'git.createBranch': ({ branch }) => act(() => createBranch(git, branch)),
    'git.deleteBranch': ({ branch, force }) => act(() => deleteBranch(git, branch, force)),
    'git.takeUpdate': (update) => run(() => takeUpdate(git, layout.gitDir, update, fetchUpdate)),
    'git.finishUpdate': () => run(() => finishUpdate(git, layout.gitDir)),
    'git.fetch': ({ credentials }) => act(() => fetchAll(git, credentials)),
    'git.pull': ({ how, credentials }) => run(() => pull(git, layout.gitDir, how, credentials)),
    'git.push': ({ replace, credentials }) => act(() => push(git, replace, credentials)),
    'git.continue': () => run(() => continueOperation(git, layout.gitDir)),
    'git.abort': () =>
      act(async () => {
        await keep([])
        await abortOperation(git, layout.gitDir)
      }),
    'git.resolve': ({ path, choice }) =>
      act(async () => {
        await keep([])
        await resolveConflict(git, layout, paths, path, choice)
      }),
  }

  return {
    handle,
    noticeChange: tellSoon.schedule,
    dispose() {
      tellSoon.cancel()
      closed.abort()
    },
  }
}
