import { AppError } from '../errors.ts'
import { git, GitError } from '../git/git-process.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'

/** Milliseconds. */
const LONGEST = 600_000

export interface PushRequest {
  /** Whose remote has the commit. */
  workspace: string
  version: HeadVersion
  commit: string
  /** Short name of the branch that it is to be. */
  branch: string
  /** Of the repository at the host. */
  url: string
  token: string
}

/**
 * Pushes a commit of a workspace's remote to a code host, from the object store and not from the workspace: the token is
 * in the environment of this one process, in no URL, no argument and no file. Throws an `AppError`.
 */
export async function pushBranch(remotes: Remotes, request: PushRequest, signal: AbortSignal): Promise<void> {
  const { workspace, version, commit, branch, url, token } = request
  const deadline = AbortSignal.timeout(LONGEST)
  const scheme = url.startsWith('https:') ? 'https' : 'http'
  const settings: [string, string][] = [
    [`http.${url}.extraHeader`, `Authorization: Basic ${basic(token)}`],
    ['protocol.allow', 'never'],
    [`protocol.${scheme}.allow`, 'always'],
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
    ['core.askPass', 'true'],
    ['pack.threads', '1'],
  ]
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) }
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  const args = ['push', '--no-verify', '--', url, `${commit}:refs/heads/${branch}`]
  try {
    await remotes.views.use(workspace, version, (gitDir) =>
      git(args, { gitDir, env, signal: AbortSignal.any([signal, deadline]) }),
    )
  } catch (error) {
    signal.throwIfAborted()
    throw explain(error, branch, deadline.aborted)
  }
}

function basic(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64')
}

const REFUSALS: [pattern: RegExp, code: string, words: (branch: string) => string][] = [
  [
    /without `?workflow`? scope/,
    'code_host_reconnect',
    () =>
      'The branch changes workflows of GitHub Actions, and the connection may not. Connect GitHub again and allow "workflow".',
  ],
  [
    /GH013|push protection/i,
    'code_host_refused',
    () =>
      'The host found something that looks like a secret in these commits and does not take them. Take it out of the commits, and replace the secret: it may be known already.',
  ],
  [
    /GH006|protected branch/i,
    'code_host_refused',
    (branch) =>
      `The branch ${branch} is protected at the host and cannot be pushed to directly. Push another branch and open a pull request.`,
  ],
  [
    /GH001|large files/i,
    'code_host_refused',
    () =>
      'A file in these commits is larger than the host takes. Take it out of the commits, or use Git LFS.',
  ],
  [
    /fetch first|non-fast-forward|\[rejected\]/,
    'push_diverged',
    (branch) =>
      `The branch ${branch} has commits at the host that this workspace does not have. Pull them first: merge or rebase, then push again. Nothing was replaced.`,
  ],
  [
    /Authentication failed|could not read Username|returned error: 401/,
    'code_host_reconnect',
    () =>
      'The host does not accept the connection any more: it was revoked, or has expired. Connect the account again.',
  ],
  [
    /SAML SSO/,
    'code_host_sso',
    () =>
      'The organization asks for its single sign-on before this connection may push. Allow it in the settings of your account under "Applications", then try again.',
  ],
  [
    /Permission to .* denied|returned error: 403/,
    'code_host_forbidden',
    () => 'Your account may not push to this repository. Fork it, and push to the fork.',
  ],
  [
    /not found|returned error: 404/i,
    'code_host_not_found',
    () => 'The repository is not there any more, or your account may not see it.',
  ],
  [/redirect/i, 'code_host_moved', () => 'The repository has moved at the host. Look again in a minute.'],
  [
    /Could not resolve|Failed to connect|Connection refused|timed out/i,
    'code_host_unreachable',
    () => 'The host cannot be reached from this CodeNest. Try again later.',
  ],
]

function explain(error: unknown, branch: string, isLate: boolean): unknown {
  if (isLate)
    return new AppError(
      503,
      'push_timeout',
      `The push did not end within ${LONGEST / 60_000} minutes. Try again later.`,
    )
  if (!(error instanceof GitError)) return error
  for (const [pattern, code, words] of REFUSALS)
    if (pattern.test(error.stderr)) return new AppError(409, code, words(branch), { cause: error })
  const said = /^(?:remote: )?(?:error|fatal): (.*)$/im.exec(error.stderr)?.[1] ?? 'git failed'
  return new AppError(409, 'code_host_refused', `The host did not take the push: ${said.slice(0, 300)}`, {
    cause: error,
  })
}
