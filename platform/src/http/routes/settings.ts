import { Workspace, WorkspaceSettings } from '../../protocol.ts'
import type { Workspaces } from '../../workspaces/workspaces.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** What a person may set of a workspace. A runner that is there is told by the page, so that it holds at once. */
export function createSettingsRoutes(workspaces: Workspaces): Route[] {
  return [
    route({
      method: 'patch',
      path: '/workspaces/{id}/settings',
      summary: 'Change settings of a workspace; those that are not named stay',
      status: 200,
      body: WorkspaceSettings.partial(),
      response: Workspace,
      handle: ({ identity, params: { id = '' }, body }) => workspaces.changeSettings(identity, id, body),
    }),
  ]
}
