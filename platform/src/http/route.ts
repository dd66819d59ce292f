import type { Request, Response, Router } from 'express'
import type { Writable } from 'node:stream'
import type { z } from 'zod'
import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import { closestIssues } from '../schema-issues.ts'

/** One operation of the API: what the router needs and what the OpenAPI document says. */
export interface Route<Body extends z.ZodType = z.ZodType, Query extends z.ZodObject = z.ZodObject> {
  method: 'get' | 'post' | 'patch' | 'delete'
  /** As OpenAPI writes it, below the prefix: `/workspaces/{id}`. */
  path: string
  summary: string
  /** Of success. */
  status: 200 | 201 | 202 | 204
  body?: Body
  query?: Query
  response?: z.ZodType
  /** Media type of an answer that is no JSON: then `handle` resolves to a `Download`. */
  produces?: string
  handle: (call: Call<z.output<Body>, z.output<Query>>) => Promise<unknown>
  /** Nobody has to be signed in: what may be seen is the affair of the operation. */
  open?: true
}

/** An operation for everybody; `viewer` is who asks, if they are signed in. */
export interface OpenRoute<Body extends z.ZodType, Query extends z.ZodObject> extends Omit<
  Route<Body, Query>,
  'handle' | 'open'
> {
  handle: (
    call: Omit<Call<z.output<Body>, z.output<Query>>, 'identity'> & { viewer: Identity | null },
  ) => Promise<unknown>
}

export interface Call<Body, Query> {
  identity: Identity
  params: Record<string, string>
  body: Body
  query: Query
  /** Aborted when the client has gone. */
  signal: AbortSignal
}

/** An answer that is streamed. */
export interface Download {
  /** Safe in a header: no quotes, no control characters. */
  fileName: string
  /** Type of an image that an element may show; without it, it is something to keep. */
  image?: string
  /** Writes all of it and ends. What it throws breaks the connection off, so that nobody takes a part for the whole. */
  write: (output: Writable) => Promise<void>
}

/** Keeps the types of a route's body, query and handler together. */
export function route<Body extends z.ZodType, Query extends z.ZodObject>(
  definition: Route<Body, Query>,
): Route {
  return definition
}

export function openRoute<Body extends z.ZodType, Query extends z.ZodObject>({
  handle,
  ...definition
}: OpenRoute<Body, Query>): Route {
  return route<Body, Query>({
    ...definition,
    open: true,
    // It is null where nobody is signed in, whatever its type says.
    handle: ({ identity, ...call }) => handle({ ...call, viewer: identity }),
  })
}

/** Adds a route to a router: validates body and query, answers JSON. Throws what the error handler understands. */
export function mount(router: Router, definition: Route): void {
  const { method, path } = definition
  router[method](path.replaceAll(/\{(\w+)\}/g, ':$1'), async (request: Request, response: Response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      await answer(definition, request, response, gone.signal)
    } catch (error) {
      // Nobody is there to be told, and that the work was broken off is no failure.
      if (!gone.signal.aborted) throw error
    }
  })
}

async function answer(
  { status, body, query, produces, handle }: Route,
  request: Request,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  const value = await handle({
    identity: response.locals['identity'] as Identity,
    params: request.params as Record<string, string>,
    body: body ? parse(body, request.body) : undefined,
    query: query ? (parse(query, request.query) as Record<string, unknown>) : {},
    signal,
  })
  if (status === 204) response.status(204).end()
  else if (produces !== undefined) await send(request, response, produces, value as Download)
  else response.status(status).json(value)
}

async function send(
  request: Request,
  response: Response,
  type: string,
  { fileName, image, write }: Download,
): Promise<void> {
  response.setHeader('content-type', image ?? type)
  const disposition = image === undefined ? 'attachment' : 'inline'
  response.setHeader('content-disposition', `${disposition}; filename="${fileName}"`)
  // An image may be a document with scripts of its own, for whoever goes to it.
  if (image !== undefined)
    response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  response.setHeader('cache-control', 'private, no-store')
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  try {
    await write(response)
  } catch (error) {
    // Why there is nothing is told as a page tells it, not as a file.
    if (!response.headersSent) response.removeHeader('content-disposition')
    throw error
  }
}

function parse(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const details = closestIssues(parsed.error.issues).map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }))
  const said = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new AppError(400, 'invalid_body', `The request is not valid. ${said}`, { details })
}
