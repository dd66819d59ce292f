/** The wire of source control: the user's own acts on their clone, by native git. Spread into `../protocol.ts`. */
import { z } from 'zod'

import { FilePath } from '../workspace-path.ts'

/** Most changes that one status tells. */
export const MAX_CHANGES = 2_000

const Paths = z.array(FilePath).max(MAX_CHANGES)
const Branch = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^-\s~^:?*[\\\0]/, 'must be the name of a branch')
const Commit = z.string().regex(/^[0-9a-f]{40}$/)
const Credentials = z.strictObject({
  username: z
    .string()
    .max(255)
    .regex(/^[^\r\n\0]*$/),
  token: z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[^\r\n\0]*$/),
})
/** For one command only: a workspace keeps no credentials. */
const credentials = Credentials.optional()

/** Payloads of requests, by event name. All are refused with `git_refused` when git says no. */
export const gitRequests = {
  /** → `GitStatus` */
  'git.status': z.strictObject({}),
  /**
   * A file as text at HEAD, in the index, or on a side of a conflict. → `GitContent`; refused like `files.read` with
   * `binary_file` or `file_too_large`.
   */
  'git.content': z.strictObject({ path: FilePath, at: z.enum(['head', 'index', 'base', 'ours', 'theirs']) }),
  /** The hunks of one file: between HEAD and index (`staged`), or between index and work tree. → `GitHunks` */
  'git.hunks': z.strictObject({ path: FilePath, staged: z.boolean() }),
  /** Acts on one hunk by its id; refused with kind `stale` when the file no longer has it. → `GitDiscarded` */
  'git.hunk': z.strictObject({
    path: FilePath,
    id: z.string().regex(/^[0-9a-f]{32}$/),
    act: z.enum(['stage', 'unstage', 'discard']),
  }),
  /** No paths: everything. → `{}` */
  'git.stage': z.strictObject({ paths: Paths }),
  /** No paths: everything. → `{}` */
  'git.unstage': z.strictObject({ paths: Paths }),
  /** Brings files back to what is staged and deletes untracked ones; a save is made first. → `GitDiscarded` */
  'git.discard': z.strictObject({ paths: Paths.min(1) }),
  /** `all` stages everything first. → `{ commit: string, subject: string }` */
  'git.commit': z.strictObject({
    message: z.string().max(100_000),
    amend: z.boolean(),
    all: z.boolean(),
  }),
  /** What a commit could be called, by what would go into it; `last` is HEAD's message, for amending. → `GitMessages` */
  'git.messages': z.strictObject({}),
  /** → `GitBranch[]`, the current one first, then the most recently committed to. */
  'git.branches': z.strictObject({}),
  /** Of a remote's branch a local one is made that follows it. → `{}` */
  'git.switch': z.strictObject({ branch: Branch, remote: z.boolean() }),
  /** A new branch where HEAD is, and switches to it. → `{}` */
  'git.createBranch': z.strictObject({ branch: Branch }),
  /** `force` deletes one that has commits of its own. → `{}` */
  'git.deleteBranch': z.strictObject({ branch: Branch, force: z.boolean() }),
  /**
   * Merges an update from the template, on a branch of its own: `commit` is what the platform made of it, on top of
   * `base`. What is not committed is not merged with: refused with kind `overwritten` while there is something. → `GitOutcome`
   */
  'git.takeUpdate': z.strictObject({ commit: Commit, base: Commit }),
  /** Back to the branch that an update's was made from, which takes its commits over; it is deleted then. → `GitOutcome` */
  'git.finishUpdate': z.strictObject({}),
  /** → `{}` */
  'git.fetch': z.strictObject({ credentials }),
  /** `ff` only goes forward and is refused with kind `diverged` when it cannot. → `GitOutcome` */
  'git.pull': z.strictObject({ how: z.enum(['ff', 'merge', 'rebase']), credentials }),
  /** `replace` writes over the upstream's commits that this branch once had, and over no others. → `{}` */
  'git.push': z.strictObject({ replace: z.boolean(), credentials }),
  /** Goes on with the merge, rebase, cherry-pick or revert that is under way. → `GitOutcome` */
  'git.continue': z.strictObject({}),
  /** Gives up what is under way; a save is made first. → `{}` */
  'git.abort': z.strictObject({}),
  /**
   * Settles a conflict: by one side, by both one after the other, or by what is in the file (`mark`, refused while it
   * has conflict markers). A save is made first. → `{}`
   */
  'git.resolve': z.strictObject({ path: FilePath, choice: z.enum(['ours', 'theirs', 'both', 'mark']) }),
} as const

export interface GitReplyValues {
  'git.status': GitStatus
  'git.content': GitContent
  'git.hunks': GitHunks
  'git.hunk': GitDiscarded
  'git.stage': Record<string, never>
  'git.unstage': Record<string, never>
  'git.discard': GitDiscarded
  'git.commit': { commit: string; subject: string }
  'git.messages': GitMessages
  'git.branches': GitBranch[]
  'git.switch': Record<string, never>
  'git.createBranch': Record<string, never>
  'git.deleteBranch': Record<string, never>
  'git.takeUpdate': GitOutcome
  'git.finishUpdate': GitOutcome
  'git.fetch': Record<string, never>
  'git.pull': GitOutcome
  'git.push': Record<string, never>
  'git.continue': GitOutcome
  'git.abort': Record<string, never>
  'git.resolve': Record<string, never>
}

export interface GitDiscarded {
  /** The save that holds what was discarded, for `saves.restore`; null when nothing was. */
  save: string | null
}

export type GitChangeKind = 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'type' | 'untracked'

export interface GitChange {
  /** Bytes that are no UTF-8 are shown as U+FFFD; acting on such a path is refused with a sentence. */
  path: string
  kind: GitChangeKind
  /** Where it was renamed or copied from. */
  from: string | null
  submodule: boolean
}

export interface GitConflict {
  path: string
  /** What each side did: `both` changed or added it, or one of them deleted it. */
  kind: 'both-modified' | 'both-added' | 'deleted-by-us' | 'deleted-by-them' | 'both-deleted' | 'added-by-one'
}

export interface GitUpstream {
  /** Short name of the remote-tracking branch: `origin/main`. */
  name: string
  /** null when the remote has no such branch (any more). */
  ahead: number | null
  behind: number | null
}

export interface GitHome {
  branch: string
  /** Commits that it lacks. */
  ahead: number
}

export interface GitStatus {
  /** null when detached. */
  branch: string | null
  /** null on an unborn branch. */
  commit: string | null
  upstream: GitUpstream | null
  /** Of a branch that was made for an update from the template: the one that it goes back into; null for any other. */
  home: GitHome | null
  /** Remotes by name; a workspace that was made from a template has none until one is added. */
  remotes: string[]
  state: 'none' | 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect'
  staged: GitChange[]
  /** Of tracked and untracked files, not staged. */
  unstaged: GitChange[]
  conflicts: GitConflict[]
  /** There are more changes than are told. */
  truncated: boolean
}

/** null: the file is not there. */
export interface GitContent {
  content: string | null
}

export interface GitHunk {
  /** Stays the same while the hunk does, wherever in the file it moves. */
  id: string
  /** Where it is in the newer text, 1-based. */
  line: number
  /** The function or section git says it is in; may be ''. */
  section: string
  /** Each begins with ' ', '+' or '-'. */
  lines: string[]
}

export interface GitHunks {
  hunks: GitHunk[]
  binary: boolean
  truncated: boolean
}

export interface GitMessages {
  suggestion: string
  /** Message of HEAD; null without a commit. */
  last: string | null
}

export interface GitBranch {
  name: string
  /** It is a remote's: `name` is `origin/main`. */
  remote: boolean
  current: boolean
  upstream: string | null
  ahead: number
  behind: number
  subject: string
  /** Milliseconds since the epoch of its last commit. */
  time: number
}

/** `conflicts`: it stopped for the user to settle them. */
export interface GitOutcome {
  outcome: 'done' | 'up-to-date' | 'conflicts'
}

/** Why git refused, as far as pages act on it. */
export type GitProblemKind =
  | 'stale'
  | 'identity'
  | 'hook'
  | 'locked'
  | 'overwritten'
  | 'diverged'
  | 'rewritten'
  | 'auth'
  | 'unreachable'
  | 'nothing'
  | 'unmerged'
  | 'signing'
  | 'detached'
  | 'no_upstream'
  | 'no_remote'
  | 'rejected'
  | 'not_merged'
  | 'timeout'
  | 'other'

export interface GitProblem {
  kind: GitProblemKind
  /** What git and its hooks printed, at most 16 KiB; '' when git was not asked. */
  output: string
}
