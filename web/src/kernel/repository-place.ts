import { readPlace, repositoryKey } from '@codenest/platform/repository-place'
import type { RepositoryPlace } from '@codenest/platform/repository-place'
import type { Workspace } from '@codenest/platform/protocol'

/** Why this cannot be a repository's address, or null. The platform has the last word. */
export function repositoryProblem(url: string): string | null {
  if (url.trim() === '') return 'Paste the address of a Git repository.'
  const { problem } = readPlace(url)
  return problem === null ? null : `This repository cannot be opened: ${problem}.`
}

/** The newest workspace that was opened from the same link, or from one that means the same. */
export function openedFrom(
  workspaces: readonly Workspace[],
  { repository, target }: RepositoryPlace,
  gitRef: string,
): Workspace | null {
  const key = repositoryKey(repository)
  const found = workspaces.find(({ source, state }) => {
    if (!('repository' in source) || state === 'deleting' || repositoryKey(source.repository) !== key)
      return false
    return gitRef === '' ? meansRef(target, source.ref, source.path) : source.ref === gitRef
  })
  return found ?? null
}

function meansRef(target: RepositoryPlace['target'], ref: string | null, path: string | null): boolean {
  switch (target.kind) {
    case 'default':
      return ref === null
    case 'pull':
      return ref === target.ref
    case 'commit':
      return ref !== null && ref.startsWith(target.commit)
    default:
      return ref !== null && target.text === [ref, ...(path === null ? [] : [path])].join('/')
  }
}

/** Where a host makes tokens that may read repositories; null when it is not known. */
export function tokenPage({ host, repository }: RepositoryPlace): string | null {
  const origin = URL.parse(repository)?.origin ?? ''
  switch (host) {
    case 'github':
      return `${origin}/settings/tokens/new?scopes=repo&description=CodeNest`
    case 'gitlab':
      return `${origin}/-/user_settings/personal_access_tokens?name=CodeNest&scopes=read_repository`
    case 'gitea':
      return `${origin}/user/settings/applications`
    case 'bitbucket':
      return origin === 'https://bitbucket.org'
        ? 'https://id.atlassian.com/manage-profile/security/api-tokens'
        : `${origin}/plugins/servlet/access-tokens/manage`
    default:
      return null
  }
}
