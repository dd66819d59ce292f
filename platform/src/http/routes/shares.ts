import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { CreateShareLink, Port, PortVisibility, ShareLink, Workspace } from '../../protocol.ts'
import type { Shares } from '../../sharing/shares.ts'
import type { Workspaces } from '../../workspaces/workspaces.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** Who else may see the apps of a workspace that runs. */
export function createShareRoutes(shares: Shares, workspaces: Workspaces): Route[] {
  return [
    route({
      method: 'patch',
      path: '/workspaces/{id}/ports/{port}',
      summary:
        'Make a port private, or visible to everybody who is signed in; private again when the workspace stops',
      status: 200,
      body: z.strictObject({ visibility: PortVisibility.exclude(['link']) }),
      response: Workspace,
      async handle({ identity, params: { id = '', port }, body: { visibility } }) {
        await shares.setVisibility(identity, id, toPort(port), visibility)
        return workspaces.get(identity, id)
      },
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/ports/{port}/links',
      summary:
        'A link by which anybody sees the app at a port until it expires, is revoked, or the workspace stops',
      status: 201,
      body: CreateShareLink,
      response: ShareLink.extend({ url: z.string() }),
      handle: ({ identity, params: { id = '', port }, body: { minutes } }) =>
        shares.createLink(identity, id, toPort(port), minutes),
    }),
    route({
      method: 'delete',
      path: '/workspaces/{id}/ports/{port}/links/{link}',
      summary: 'Revoke a link',
      status: 204,
      handle: ({ identity, params: { id = '', port, link = '' } }) =>
        shares.revokeLink(identity, id, toPort(port), link),
    }),
  ]
}

function toPort(text: string | undefined): number {
  const port = Port.safeParse(Number(text))
  if (port.success) return port.data
  throw new AppError(400, 'invalid_port', 'A port is a whole number from 1 to 65535.')
}
