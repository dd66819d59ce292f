import { z } from 'zod'
import type { Environments } from '../../environment/environments.ts'
import { ChangeTrust, ChangeVariables, Variable, Workspace } from '../../protocol.ts'
import type { Workspaces } from '../../workspaces/workspaces.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

const Variables = z.object({ variables: z.array(Variable) })

/** Variables for the programs of workspaces. They are written here and never read: answers have their names alone. */
export function createEnvironmentRoutes(environments: Environments, workspaces: Workspaces): Route[] {
  return [
    route({
      method: 'get',
      path: '/environment',
      summary: 'Names of the variables of all your workspaces',
      status: 200,
      response: Variables,
      handle: async ({ identity }) => ({ variables: await environments.ofUser(identity) }),
    }),
    route({
      method: 'patch',
      path: '/environment',
      summary: 'Set and remove variables of all your workspaces; the next terminal has them',
      status: 200,
      body: ChangeVariables,
      response: Variables,
      handle: async ({ identity, body }) => ({ variables: await environments.changeUser(identity, body) }),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}/environment',
      summary: 'Names of the variables of one workspace alone',
      status: 200,
      response: Variables,
      async handle({ identity, params: { id = '' } }) {
        const document = await workspaces.document(identity, id)
        return { variables: await environments.ofWorkspace(identity, id, document) }
      },
    }),
    route({
      method: 'patch',
      path: '/workspaces/{id}/environment',
      summary: 'Set and remove variables of one workspace; they come before those of all workspaces',
      status: 200,
      body: ChangeVariables,
      response: Variables,
      async handle({ identity, params: { id = '' }, body }) {
        const document = await workspaces.document(identity, id)
        return { variables: await environments.changeWorkspace(identity, id, document, body) }
      },
    }),
    route({
      method: 'patch',
      path: '/workspaces/{id}/trust',
      summary:
        'Say whether the repository of a workspace may have your variables and run commands of its own',
      status: 200,
      body: ChangeTrust,
      response: Workspace,
      handle: ({ identity, params: { id = '' }, body }) => workspaces.setTrust(identity, id, body),
    }),
  ]
}
