import { z } from 'zod'
import type { Tokens } from '../../access/tokens.ts'
import type { OpenCodeHost } from '../../code-host/open-code-host.ts'
import { AppError } from '../../errors.ts'
import type { Environments } from '../../environment/environments.ts'
import type { PreviewAccess } from '../../gateway/preview-access.ts'
import type { History } from '../../history/history.ts'
import {
  Connection,
  CreateWorkspace,
  GitToken,
  OpenPreview,
  Preview,
  Session,
  Workspace,
} from '../../protocol.ts'
import type { Links } from '../../sharing/links.ts'
import type { SharedView } from '../../sharing/shared-view.ts'
import type { Shares } from '../../sharing/shares.ts'
import type { Upstreams } from '../../repositories/upstreams.ts'
import type { TemplateUpdates } from '../../template-updates/template-updates.ts'
import type { Catalogue } from '../../templates/catalogue.ts'
import type { OwnTemplates } from '../../templates/own-templates.ts'
import type { Workspaces } from '../../workspaces/workspaces.ts'
import { createCodeHostRoutes } from './code-host.ts'
import { createEnvironmentRoutes } from './environment.ts'
import { createHistoryRoutes } from './history.ts'
import { createHostCredentialRoutes } from './host-credentials.ts'
import { createSettingsRoutes } from './settings.ts'
import { createLinkRoutes } from './shared.ts'
import { createShareRoutes } from './shares.ts'
import { createTemplateUpdateRoutes } from './template-updates.ts'
import { createTemplateRoutes } from './templates.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** Seconds a page has to connect to a runner. */
const CONNECTION_SECONDS = 300
const GIT_TOKEN_SECONDS = 30 * 24 * 3600

export interface ApiOptions {
  workspaces: Workspaces
  history: History
  catalogue: Catalogue
  templateUpdates: TemplateUpdates
  ownTemplates: OwnTemplates
  upstreams: Upstreams
  tokens: Tokens
  previews: PreviewAccess
  shares: Shares
  links: Links
  sharedView: SharedView
  environments: Environments
  /** null where no code host is configured. */
  codeHost: OpenCodeHost | null
  session: Omit<Session, 'owner'>
  /** Origin of a workspace's runner, or of an app in it. */
  originOf: (workspace: string, port?: number) => string
}

/** All operations below `/api/v1`. */
export function createApiRoutes(options: ApiOptions): Route[] {
  const { workspaces, history, catalogue, tokens, previews, shares, environments, session, originOf } =
    options
  return [
    route({
      method: 'get',
      path: '/session',
      summary: 'Who is signed in, and what this installation allows',
      status: 200,
      response: Session,
      handle: async ({ identity }) => ({ owner: identity.name, ...session }),
    }),
    ...createTemplateRoutes(catalogue, options.ownTemplates),
    route({
      method: 'get',
      path: '/workspaces',
      summary: 'Your workspaces, newest first',
      status: 200,
      response: z.object({ workspaces: z.array(Workspace) }),
      handle: async ({ identity }) => ({ workspaces: await workspaces.list(identity) }),
    }),
    route({
      method: 'post',
      path: '/workspaces',
      summary: 'Make a workspace from a template or a repository, and start it',
      status: 201,
      body: CreateWorkspace,
      response: Workspace,
      handle: ({ identity, body }) => workspaces.create(identity, body),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}',
      summary: 'One workspace',
      status: 200,
      response: Workspace,
      handle: ({ identity, params }) => workspaces.get(identity, params['id'] ?? ''),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/start',
      summary: 'Start a workspace, or try again what has failed',
      status: 202,
      response: Workspace,
      handle: ({ identity, params }) => workspaces.setRunning(identity, params['id'] ?? '', true),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/stop',
      summary: 'Stop a workspace after its last save',
      status: 202,
      response: Workspace,
      handle: ({ identity, params }) => workspaces.setRunning(identity, params['id'] ?? '', false),
    }),
    route({
      method: 'delete',
      path: '/workspaces/{id}',
      summary: 'Delete a workspace',
      status: 204,
      handle: ({ identity, params }) => workspaces.delete(identity, params['id'] ?? ''),
    }),
    ...createSettingsRoutes(workspaces),
    ...createTemplateUpdateRoutes(options.templateUpdates),
    ...createHostCredentialRoutes(options.upstreams),
    ...createEnvironmentRoutes(environments, workspaces),
    ...createCodeHostRoutes(options.codeHost),
    ...createShareRoutes(shares, workspaces),
    ...createLinkRoutes(options.links, options.sharedView),
    ...createHistoryRoutes(history),
    route({
      method: 'post',
      path: '/workspaces/{id}/connection',
      summary: 'Where, and with which token, to connect to the runner of a workspace that runs',
      status: 200,
      response: Connection,
      async handle({ identity, params: { id = '' } }) {
        const { state } = await workspaces.get(identity, id)
        if (state !== 'running' && state !== 'starting')
          throw new AppError(409, 'not_running', `The workspace "${id}" is ${state}. Start it first.`)
        const { token, expiresAt } = await tokens.mint(`runner:${id}`, identity.name, CONNECTION_SECONDS)
        return { url: originOf(id), token, expiresAt: expiresAt.toISOString() }
      },
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/previews',
      summary: "A URL that signs the browser in at a preview's own origin",
      status: 200,
      body: OpenPreview,
      response: Preview,
      async handle({ identity, params: { id = '' }, body: { port, path } }) {
        // Somebody else's is as unknown as one that does not exist, unless it is shared.
        const visit = (await workspaces.mayUse(identity, id)) ? null : await shares.visitOf(id, port)
        if (!visit) await workspaces.get(identity, id)
        const origin = originOf(id, port)
        return { url: await previews.ticketUrl(origin, id, port, path, visit), origin }
      },
    }),
    route({
      method: 'post',
      path: '/git-tokens',
      summary: 'A password for git clients, good for 30 days',
      status: 201,
      response: GitToken,
      async handle({ identity }) {
        const { token, expiresAt } = await tokens.mint('git', 'owner', GIT_TOKEN_SECONDS, {
          owner: identity.name,
        })
        return { username: identity.name, token, expiresAt: expiresAt.toISOString() }
      },
    }),
  ]
}
