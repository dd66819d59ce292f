import type { IncomingMessage } from 'node:http'
import { AppError } from '../errors.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import { FLEET_REPOSITORY } from '../fleet/fleet.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { createFleetPushRules } from '../fleet/push-rules.ts'
import type { PackEntry } from '../git/head.ts'
import type { Remotes } from '../git/remotes.ts'
import { isHiddenRef, SAVES_PREFIX } from '../git/ref-name.ts'
import { PushRefused } from '../git/push-refused.ts'
import type { PushRules } from '../git/receive-pack.ts'
import type { GitAccess } from '../git/smart-http.ts'
import { ownTemplateOf } from '../templates/names.ts'
import { OwnerPacks } from './owner-packs.ts'
import type { Tokens } from './tokens.ts'

/** Which refs a runner may move: those of the user's clone, and the saves of its own session. */
const RUNNER_REFS = ['refs/heads/', 'refs/tags/', 'refs/remotes/']

export interface GitAccessOptions {
  tokens: Tokens
  fleet: Fleet
  remotes: Remotes
  /** Whether one of people's own templates is this person's. */
  mayFetchTemplate: (owner: string, name: string) => Promise<boolean>
  /** Why a document cannot be, by throwing an `AppError`. */
  checkDocument: (document: WorkspaceDocument, before: WorkspaceDocument | null) => Promise<void>
}

/** Decides who may fetch from and push to which repository, by the token that a git client sends as its password. */
export function createGitAuthorizer(
  options: GitAccessOptions,
): (request: IncomingMessage, repository: string) => Promise<GitAccess> {
  const { tokens, fleet, remotes, checkDocument, mayFetchTemplate } = options
  const packs = new OwnerPacks(fleet, remotes)
  return async (request, repository) => {
    const token = passwordOf(request)
    const claims = token === null ? null : await tokens.verify(token, 'git')
    if (!claims)
      throw new AppError(
        401,
        'git_credentials',
        'Git needs a user name and a token here. Make one in the page: "Clone with Git".',
      )
    const missing = new AppError(404, 'repository_not_found', `There is no repository named ${repository}.`)
    if (claims.sub === 'runner') {
      if (claims['repository'] !== repository) throw missing
      const besides = (): Promise<PackEntry[]> => packs.besides(repository)
      return { push: { ...runnerRules(String(claims['session'])), besides } }
    }
    if (claims.sub !== 'owner' || typeof claims['owner'] !== 'string') throw missing
    const owner = claims['owner']
    if (repository === FLEET_REPOSITORY) return { push: createFleetPushRules(fleet, owner, checkDocument) }
    if (repository.startsWith('templates/')) {
      const name = ownTemplateOf(repository)
      if (name !== null && !(await mayFetchTemplate(owner, name))) throw missing
      return { push: null }
    }
    const { workspaces } = await fleet.snapshot()
    if (workspaces.get(repository)?.metadata.owner !== owner) throw missing
    return { push: { ...ownerRules(owner), besides: () => packs.besides(repository) } }
  }
}

function runnerRules(session: string): PushRules {
  return {
    by: `runner ${session}`,
    refuse: ({ ref }) =>
      ref === SAVES_PREFIX + session || RUNNER_REFS.some((prefix) => ref.startsWith(prefix))
        ? null
        : 'not a ref of this session',
    // Two runners of one workspace may live for a while: both keep their saves, the newer one has the branches.
    inspect: async (updates, { head }) => {
      const newer = Object.keys(head.refs).some(
        (ref) => ref.startsWith(SAVES_PREFIX) && ref.slice(SAVES_PREFIX.length) > session,
      )
      if (newer && updates.some(({ ref }) => !ref.startsWith(SAVES_PREFIX)))
        throw new PushRefused('a newer session of this workspace owns the branches')
    },
  }
}

function ownerRules(by: string): PushRules {
  return {
    by,
    refuse: ({ ref }) => (isHiddenRef(ref) ? 'saves are written by the workspace alone' : null),
    inspect: async () => {},
  }
}

function passwordOf(request: IncomingMessage): string | null {
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'basic') return null
  const decoded = Buffer.from(value, 'base64').toString()
  return decoded.includes(':') ? decoded.slice(decoded.indexOf(':') + 1) : null
}
