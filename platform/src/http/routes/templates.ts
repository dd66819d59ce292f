import { z } from 'zod'
import { CreateTemplate, PreviewTemplate, Template, TemplatePreview } from '../../protocol.ts'
import type { Catalogue } from '../../templates/catalogue.ts'
import type { OwnTemplates } from '../../templates/own-templates.ts'
import { previewTemplate } from '../../templates/preview.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** What workspaces can be made from. */
export function createTemplateRoutes(catalogue: Catalogue, own: OwnTemplates): Route[] {
  return [
    route({
      method: 'get',
      path: '/templates',
      summary: 'The template catalogue, and the templates of your own',
      status: 200,
      response: z.object({ templates: z.array(Template) }),
      async handle({ identity }) {
        const [all, mine] = await Promise.all([catalogue.list(), own.list(identity)])
        return { templates: [...all, ...mine] }
      },
    }),
    route({
      method: 'post',
      path: '/templates',
      summary: 'Make a template of a workspace, or bring one by the address of its repository',
      status: 201,
      body: CreateTemplate,
      response: Template,
      handle: ({ identity, body, signal }) =>
        'workspace' in body ? own.create(identity, body, signal) : own.bring(identity, body, signal),
    }),
    route({
      method: 'post',
      path: '/templates/{name}/refresh',
      summary: 'Take what the repository of a template has now, or the newest save of its workspace',
      status: 200,
      response: Template,
      handle: ({ identity, params, signal }) => own.refresh(identity, params['name'] ?? '', signal),
    }),
    route({
      method: 'delete',
      path: '/templates/{name}',
      summary: 'Delete a template of your own; workspaces that were made from it stay',
      status: 204,
      handle: ({ identity, params }) => own.remove(identity, params['name'] ?? ''),
    }),
    route({
      method: 'post',
      path: '/templates/{name}/preview',
      summary: 'What a workspace would begin with; nothing is made',
      status: 200,
      body: PreviewTemplate,
      response: TemplatePreview,
      async handle({ identity, params: { name = '' }, body }) {
        // Somebody else's is as unknown as one that does not exist.
        await own.standing(identity.name, name)
        return previewTemplate(catalogue, name, body.parameters)
      },
    }),
  ]
}
