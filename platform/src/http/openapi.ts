import { z } from 'zod'
import { API_PREFIX, Problem } from '../protocol.ts'
import type { Route } from './route.ts'

/** The OpenAPI 3.1 document of a set of routes. */
export function createOpenApi(routes: Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  const problem = {
    description: 'What happened, why, and what to do',
    content: { 'application/problem+json': { schema: toSchema(Problem, 'output') } },
  }
  for (const { method, path, summary, status, body, query, response, produces, open } of routes) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }))
    const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: 'query',
      required: !(schema as z.ZodType).safeParse(undefined).success,
      schema: toSchema(schema as z.ZodType, 'output'),
    }))
    const parameters = [...inPath, ...inQuery]
    paths[path] = {
      ...paths[path],
      [method]: {
        summary,
        parameters,
        ...(open && { security: [] }),
        ...(body && {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toSchema(body, 'input') } },
          },
        }),
        responses: {
          [status]: {
            description: 'Success',
            ...(response && { content: { 'application/json': { schema: toSchema(response, 'output') } } }),
            ...(produces !== undefined && { content: { [produces]: {} } }),
          },
          default: problem,
        },
      },
    }
  }
  paths['/events'] = {
    get: {
      summary: 'Server-sent events: `snapshot` with all workspaces, then `workspace` and `workspace-removed`',
      responses: { 200: { description: 'A stream', content: { 'text/event-stream': {} } }, default: problem },
    },
  }
  return {
    openapi: '3.1.0',
    info: { title: 'CodeNest', version },
    servers: [{ url: API_PREFIX }],
    paths,
    components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'codenest-<port>' } } },
    security: [{ session: [] }],
  }
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  // Each place gets its schema whole: ids would become references to a root that is not this document's.
  const {
    $schema: _dialect,
    $defs: _definitions,
    ...rest
  } = z.toJSONSchema(schema, { io, reused: 'inline', metadata: z.registry<{ id?: string }>() })
  return rest
}
