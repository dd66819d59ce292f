import { z } from 'zod'
import { PreviewTemplate, Template, TemplatePreview } from '../../protocol.ts'
import type { Catalogue } from '../../templates/catalogue.ts'
import { previewTemplate } from '../../templates/preview.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** What workspaces can be made from. */
export function createTemplateRoutes(catalogue: Catalogue): Route[] {
  return [
    route({
      method: 'get',
      path: '/templates',
      summary: 'The template catalogue',
      status: 200,
      response: z.object({ templates: z.array(Template) }),
      handle: async () => ({ templates: await catalogue.list() }),
    }),
    route({
      method: 'post',
      path: '/templates/{name}/preview',
      summary: 'What a workspace would begin with; nothing is made',
      status: 200,
      body: PreviewTemplate,
      response: TemplatePreview,
      handle: ({ params, body }) => previewTemplate(catalogue, params['name'] ?? '', body.parameters),
    }),
  ]
}
