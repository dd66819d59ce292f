import {
  PlanTemplateUpdate,
  PreparedTemplateUpdate,
  PrepareTemplateUpdate,
  TemplateUpdate,
  TemplateUpdatePlan,
} from '../../protocol.ts'
import type { TemplateUpdates } from '../../template-updates/template-updates.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** A workspace follows its template to a newer revision. */
export function createTemplateUpdateRoutes(updates: TemplateUpdates): Route[] {
  return [
    route({
      method: 'get',
      path: '/workspaces/{id}/template-update',
      summary: 'Whether the template of a workspace has moved on, and what an update would change',
      status: 200,
      response: TemplateUpdate,
      handle: ({ identity, params: { id = '' } }) => updates.look(identity, id),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/template-update/plan',
      summary: 'What an update would change with these answers; nothing is made',
      status: 200,
      body: PlanTemplateUpdate,
      response: TemplateUpdatePlan,
      handle: ({ identity, params: { id = '' }, body }) => updates.plan(identity, id, body.parameters),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/template-update',
      summary: 'Commit an update, for the runner of the workspace to merge',
      status: 200,
      body: PrepareTemplateUpdate,
      response: PreparedTemplateUpdate,
      handle: ({ identity, params: { id = '' }, body, signal }) =>
        updates.prepare(identity, id, body, signal),
    }),
  ]
}
