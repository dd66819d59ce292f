import { z } from 'zod'
import type { OpenCodeHost } from '../../code-host/open-code-host.ts'
import { AppError } from '../../errors.ts'
import {
  BranchName,
  CodeHostAccount,
  HostRepositories,
  HostRepositoriesQuery,
  HostRepository,
  OpenPullRequest,
  Publication,
  PublicationQuery,
  PublishWorkspace,
  PullRequest,
  PullRequestDraft,
  PushBranch,
} from '../../protocol.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** A path of the page itself, and no other site. */
const ReturnTo = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[^\\\s]*$/, 'must be a path of the page')

/** Repositories of the code host of this installation; where there is none, nothing but that is told. */
export function createCodeHostRoutes(parts: OpenCodeHost | null): Route[] {
  const known = (): OpenCodeHost => {
    if (parts) return parts
    throw new AppError(
      404,
      'no_code_host',
      'This CodeNest knows no code host. Whoever runs it can set CODENEST_GITHUB_CLIENT_ID and CODENEST_GITHUB_CLIENT_SECRET.',
    )
  }
  return [
    route({
      method: 'get',
      path: '/code-host',
      summary: 'The code host of this installation, and your account there',
      status: 200,
      response: CodeHostAccount,
      async handle({ identity }) {
        const { host, accounts } = known()
        const account = await accounts.of(identity)
        if (!account) return { host, account: null }
        const { login, scopes, connectedAt } = account
        return { host, account: { login, scopes, connectedAt } }
      },
    }),
    route({
      method: 'post',
      path: '/code-host/connect',
      summary: 'Where to go to connect an account; the host sends the browser back to `returnTo`',
      status: 200,
      body: z.strictObject({ returnTo: ReturnTo.default('/') }),
      response: z.object({ url: z.string() }),
      handle: async ({ identity, body: { returnTo } }) => ({
        url: await known().accounts.begin(identity, returnTo),
      }),
    }),
    route({
      method: 'delete',
      path: '/code-host/account',
      summary: 'Disconnect your account and give its token back',
      status: 204,
      handle: ({ identity }) => known().accounts.disconnect(identity),
    }),
    route({
      method: 'get',
      path: '/code-host/repositories',
      summary: 'Your repositories at the code host, those that were pushed to last first',
      status: 200,
      query: HostRepositoriesQuery,
      response: HostRepositories,
      handle: ({ identity, query, signal }) => known().publishing.search(identity, query, signal),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}/publication',
      summary: 'How a branch stands to the code host: what is pushed, its pull request and checks',
      status: 200,
      query: PublicationQuery,
      response: Publication,
      handle: ({ identity, params: { id = '' }, query: { branch, commit = null }, signal }) =>
        known().publishing.status(identity, id, { branch, commit }, signal),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/publish',
      summary: 'Make a repository of a workspace at the code host, and push a branch there',
      status: 201,
      body: PublishWorkspace,
      response: HostRepository,
      handle: ({ identity, params: { id = '' }, body, signal }) =>
        known().publishing.publish(identity, id, body, signal),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/fork-upstream',
      summary: 'Fork the repository that a workspace was opened from; branches are pushed to the fork then',
      status: 201,
      response: HostRepository,
      handle: ({ identity, params: { id = '' }, signal }) => known().publishing.fork(identity, id, signal),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/push',
      summary: 'Push a branch to the code host; nothing there is replaced',
      status: 204,
      body: PushBranch,
      handle: ({ identity, params: { id = '' }, body, signal }) =>
        known().publishing.push(identity, id, body, signal),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}/pull-request/draft',
      summary: 'Title and body of a pull request, from the commits of a branch',
      status: 200,
      query: z.strictObject({ branch: BranchName, into: BranchName }),
      response: PullRequestDraft,
      handle: ({ identity, params: { id = '' }, query, signal }) =>
        known().publishing.draft(identity, id, query, signal),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/pull-request',
      summary: 'Open a pull request for a branch that was pushed',
      status: 201,
      body: OpenPullRequest,
      response: PullRequest,
      handle: ({ identity, params: { id = '' }, body, signal }) =>
        known().publishing.openPullRequest(identity, id, body, signal),
    }),
  ]
}
