import type { Request, Response, Router } from 'express'
import type { z } from 'zod'
import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'

/** One operation of the API: what the router needs and what the OpenAPI document says. */
export interface Route<Body extends z.ZodType = z.ZodType> {
  method: 'get' | 'post' | 'delete'
  /** As OpenAPI writes it, below the prefix: `/workspaces/{id}`. */
  path: string
  summary: string
  /** Of success. */
  status: 200 | 201 | 202 | 204
  body?: Body
  response?: z.ZodType
  handle: (call: Call<z.output<Body>>) => Promise<unknown>
}

export interface Call<Body> {
  identity: Identity
  params: Record<string, string>
  body: Body
}

/** Keeps the types of a route's body and handler together. */
export function route<Body extends z.ZodType>(definition: Route<Body>): Route {
  return definition
}

/** Adds a route to a router: validates the body, answers JSON. Throws what the error handler understands. */
export function mount(router: Router, { method, path, status, body, handle }: Route): void {
  router[method](path.replaceAll(/\{(\w+)\}/g, ':$1'), async (request: Request, response: Response) => {
    const identity = response.locals['identity'] as Identity
    const params = request.params as Record<string, string>
    const value = await handle({ identity, params, body: body ? parseBody(body, request.body) : undefined })
    if (status === 204) response.status(204).end()
    else response.status(status).json(value)
  })
}

function parseBody(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const details = flatten(parsed.error.issues).map(({ path, message }) => ({ path: path.join('.'), message }))
  const said = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new AppError(400, 'invalid_body', `The request is not valid. ${said}`, { details })
}

/** A union fails with the issues of every member; those of the member that came closest say what is wrong. */
function flatten(issues: z.core.$ZodIssue[]): { path: PropertyKey[]; message: string }[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
    const closest = [...issue.errors].sort((a, b) => distance(a) - distance(b))[0] ?? []
    return flatten(closest).map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
  })
}

function distance(issues: z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 10 : issue.path.length > 1 ? 0 : 1),
    0,
  )
}
