import { RunnerError } from '../errors.ts'
import { DISK_FULL } from '../git/spawn.ts'
import type { GitProblem, GitProblemKind } from './protocol.ts'

/** git said no: the message says what happened and the way out, `git` has its own words. */
export class GitRefused extends RunnerError {
  override name = 'GitRefused'
  readonly git: GitProblem

  constructor(kind: GitProblemKind, message: string, output = '') {
    super('git_refused', message)
    this.git = { kind, output }
  }
}

interface Translation {
  /** Matched against what git printed, under LC_ALL=C. */
  when: RegExp
  kind: GitProblemKind
  /** What happened and the way out. `$1` is what the pattern caught. */
  say: string
  /** Only of these subcommands. */
  of?: string[]
}

/** What git prints, in words for a person. The first that fits wins: special ones stand before general ones. */
const TRANSLATIONS: Translation[] = [
  {
    when: /(?:Please tell me who you are|unable to auto-detect email|empty ident name|user\.useConfigOnly)/i,
    kind: 'identity',
    say: 'Git does not know who you are. In the terminal, run: git config user.name "Your Name" and git config user.email you@example.com. Then commit again.',
  },
  {
    when: /Unable to create '.*?([^/']+\.lock)': File exists/,
    kind: 'locked',
    say: 'Another git command is at work in this clone, or one was broken off and left $1 behind. Wait for it; if none runs, delete .git/$1 in the terminal and try again.',
  },
  {
    when: /(?:gpg failed to sign|failed to write commit object.*sign|error: (?:Load key|Couldn't load public key|No private key found)|cannot run gpg|signing failed)/is,
    kind: 'signing',
    say: 'The commit could not be signed, so it was not made. Check user.signingKey and the key in the terminal, or switch signing off with: git config commit.gpgSign false',
  },
  {
    when: /(?:You have unmerged (?:files|paths)|unmerged files|needs merge|is not possible because you have unmerged|you need to resolve your current index|not concluded your merge)/i,
    kind: 'unmerged',
    say: 'There are conflicts or a merge that is not finished. Settle the files under “Conflicts”, then continue or commit; or abort it.',
  },
  {
    when: /(?:would be overwritten by|Please commit your changes or stash them|cannot pull with rebase: You have unstaged|You have unstaged changes|your index contains uncommitted changes|would be removed by|would lose untracked files)/i,
    kind: 'overwritten',
    say: 'This would write over changes that you have not committed, so git did nothing. Commit them first, or discard them (a save keeps them), then try again.',
  },
  {
    when: /stale info/,
    kind: 'diverged',
    say: 'The upstream has moved since you last looked, so nothing was replaced. Fetch, look at what is new, and decide again.',
  },
  {
    when: /(?:protected branch|GH006|GH013|pre-receive hook declined|remote rejected|refusing to update checked out branch|hook declined)/i,
    kind: 'rejected',
    say: 'The upstream does not take this push by its own rules, for example because the branch is protected. Push to a branch of your own and open a pull request there. Its reasons are below.',
  },
  {
    when: /(?:non-fast-forward|fetch first|tip of your current branch is behind|Updates were rejected)/i,
    kind: 'diverged',
    say: 'The upstream has commits that this branch lacks, so git did not push. Pull first: merge or rebase, then push again.',
  },
  {
    when: /(?:Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied \(|HTTP Basic: Access denied|403|401 Unauthorized|Invalid username or password|Repository not found|Host key verification failed)/i,
    kind: 'auth',
    say: 'The upstream refused: it wants to know who you are, and a workspace keeps no credentials yet. Enter a token here for this one time, or push in the terminal.',
    of: ['fetch', 'push', 'ls-remote'],
  },
  {
    when: /(?:Could not resolve host|Failed to connect|Connection (?:refused|timed out|reset)|unable to access|Could not resolve hostname|Network is unreachable|No route to host|does not appear to be a git repository|Could not read from remote|early EOF|the remote end hung up|repository .* not found)/i,
    kind: 'unreachable',
    say: 'The upstream could not be reached, so nothing was sent or fetched. Check the address with “git remote -v” in the terminal and that the host is up, then try again.',
    of: ['fetch', 'push', 'ls-remote'],
  },
  {
    when: /(?:nothing to commit|no changes added to commit|nothing added to commit)/i,
    kind: 'nothing',
    say: 'There is nothing to commit. Stage a change first.',
  },
  {
    when: /(?:would make\s+it empty|previous cherry-pick is now empty|No changes - did you forget)/i,
    kind: 'nothing',
    say: 'Nothing is left of this commit, so git stopped. In the terminal, “git rebase --skip” leaves it out and “git commit --allow-empty” keeps it.',
  },
  {
    when: /not fully merged/,
    kind: 'not_merged',
    say: 'The branch has commits that no other branch has, so it was not deleted. Merge it first, or delete it anyway: its commits are then gone from the list.',
  },
  {
    when: /Cannot delete branch .* checked out|cannot delete branch .* used by worktree/i,
    kind: 'other',
    say: 'This branch is the current one. Switch to another branch, then delete it.',
  },
  {
    when: /(?:a branch named '(.+)' already exists)/i,
    kind: 'other',
    say: 'There is already a branch called $1. Switch to it, or choose another name.',
  },
  {
    when: /'(.+)' is not a valid branch name/,
    kind: 'other',
    say: '“$1” cannot be the name of a branch. Use letters, digits, “-”, “_” and “/”.',
  },
  {
    when: /(?:invalid reference|pathspec .* did not match|unknown revision)/i,
    kind: 'stale',
    say: 'That is not there any more: it was changed meanwhile. Look at the list again.',
  },
  {
    when: /(?:patch does not apply|patch failed|does not match index)/i,
    kind: 'stale',
    say: 'The file has changed since this part was shown. Look at it again and repeat.',
  },
  {
    when: /(?:You are not currently on a branch|HEAD detached)/i,
    kind: 'detached',
    say: 'You are not on a branch. Create one here first; then it can be pushed.',
  },
  {
    when: /(?:has no upstream branch|no tracking information|no upstream configured)/i,
    kind: 'no_upstream',
    say: 'This branch follows no branch of an upstream yet. Push it once; that also sets its upstream.',
  },
  {
    when: /not a git repository/i,
    kind: 'other',
    say: 'There is no Git repository in this workspace any more. Make one in the terminal with: git init',
  },
  {
    when: DISK_FULL,
    kind: 'other',
    say: 'The disk of this workspace is full. Delete something in the terminal and try again.',
  },
]

const RUNS_HOOKS = new Set(['commit', 'merge', 'rebase', 'cherry-pick', 'revert', 'push', 'switch', 'pull'])

/** What git printed as an error for a person. `args` are those of the command that failed. */
export function refusal(
  args: string[],
  output: string,
  { timedOut = false, hookLikely = false }: { timedOut?: boolean; hookLikely?: boolean } = {},
): GitRefused {
  const [command = ''] = args
  if (timedOut) {
    const message = `“git ${command}” took too long and was stopped. Look at the output, or run it in the terminal.`
    return new GitRefused('timeout', message, output)
  }
  for (const { when, kind, say, of } of TRANSLATIONS) {
    const match = of && !of.includes(command) ? null : when.exec(output)
    if (match) return new GitRefused(kind, say.replaceAll('$1', match[1] ?? ''), output)
  }
  if (hookLikely && RUNS_HOOKS.has(command)) {
    const message = `A hook of this repository stopped “git ${command}”, so it did not happen. Mend what it names and try again.`
    return new GitRefused('hook', message, output)
  }
  const message = `“git ${command}” failed. Its own words are below; the terminal can do everything that is not offered here.`
  return new GitRefused('other', message, output)
}
