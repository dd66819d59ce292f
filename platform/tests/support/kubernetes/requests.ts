import { randomUUID } from 'node:crypto'
import type { Address, Api, Written } from './api.ts'
import { ApiError, expired } from './api-error.ts'
import type { DeleteRequest } from './deletion.ts'
import { apiVersionOf } from './kinds.ts'
import type { Resource, Route } from './kinds.ts'
import type { Json, Stored } from './objects.ts'
import { isMap, jsonPatch, mergePatch } from './patches.ts'
import { selects } from './selectors.ts'

interface Request {
  method: string
  route: Route
  query: URLSearchParams
  type: string
  body: unknown
  manager: string
}

interface Answer {
  status: number
  value: Json
  warnings?: string[]
}

/** Lists that are handed out page by page. */
export class Lists {
  readonly #pages = new Map<string, { version: number; rest: Stored[] }>()

  forget(): void {
    this.#pages.clear()
  }

  page(
    all: () => { version: number; rest: Stored[] },
    limit: number,
    token: string | null,
  ): { version: number; items: Stored[]; next?: string; remaining?: number } {
    const known = token === null ? all() : this.#pages.get(token)
    if (!known)
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      )
    const { version, rest } = known
    if (limit === 0 || rest.length <= limit) return { version, items: rest }
    const next = randomUUID()
    this.#pages.set(next, { version, rest: rest.slice(limit) })
    const [oldest] = this.#pages.keys()
    if (this.#pages.size > 100 && oldest !== undefined) this.#pages.delete(oldest)
    return { version, items: rest.slice(0, limit), next, remaining: rest.length - limit }
  }
}

/** Carries out a request that is no watch. */
export function answer(api: Api, lists: Lists, request: Request): Answer {
  const { method, route, query, body, manager } = request
  const { resource, namespace, name, subresource } = route
  const dryRun = query.get('dryRun') === 'All'
  if (name === null) {
    if (method === 'GET') return { status: 200, value: list(api, lists, route, query) }
    if (method === 'POST') return written(api.create(resource, namespace, asMap(body), { manager, dryRun }))
    if (method === 'DELETE') return { status: 200, value: deleteAll(api, route, query, body) }
    throw notAllowed()
  }
  const address: Address = { resource, namespace, name }
  if (subresource === 'eviction' && method === 'POST') {
    const { deleteOptions = {} } = asMap(body) as { deleteOptions?: Json }
    api.delete(address, deleteRequest(deleteOptions))
    return { status: 201, value: success() }
  }
  if (subresource !== null && subresource !== 'status')
    throw new ApiError(404, 'NotFound', 'the server could not find the requested resource')
  const options = { manager, dryRun, ...(subresource === 'status' && { subresource: 'status' as const }) }
  if (method === 'GET') return { status: 200, value: api.get(address) }
  if (method === 'PUT') return written(api.update(address, () => sameName(address, asMap(body)), options))
  if (method === 'DELETE') {
    const before = api.get(address)
    const left = api.delete(address, deleteRequest(body), dryRun)
    // Pods answer with themselves, most others say that they are gone.
    return { status: 200, value: left ?? (resource.kind === 'Pod' ? before : success(resource, before)) }
  }
  if (method === 'PATCH') return written(patch(api, address, request, options))
  throw notAllowed()
}

function patch(
  api: Api,
  address: Address,
  request: Request,
  options: Parameters<Api['update']>[2] & { manager: string; dryRun: boolean },
): Written {
  const { type, body, query } = request
  switch (type) {
    case 'application/apply-patch+yaml': {
      if (!query.has('fieldManager'))
        throw new ApiError(
          422,
          'Invalid',
          'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        )
      const manifest = sameName(address, asMap(body)) as unknown as Stored
      return api.apply(address, manifest, { ...options, force: query.get('force') === 'true' })
    }
    case 'application/merge-patch+json':
      return api.update(address, (current) => mergePatch(current, body) as Json, options)
    case 'application/json-patch+json':
      return api.update(address, (current) => jsonPatch(current, body) as Json, options)
    default:
      throw new ApiError(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      )
  }
}

function list(api: Api, lists: Lists, { resource, namespace }: Route, query: URLSearchParams): Json {
  const matches = selects(query.get('labelSelector'), query.get('fieldSelector'))
  const all = (): { version: number; rest: Stored[] } => ({
    version: api.store.version,
    rest: api.store.list(resource, namespace).filter(matches),
  })
  const page = lists.page(all, Number(query.get('limit') ?? '0'), query.get('continue'))
  return {
    apiVersion: apiVersionOf(resource),
    kind: `${resource.kind}List`,
    metadata: {
      resourceVersion: String(page.version),
      ...(page.next !== undefined && { continue: page.next, remainingItemCount: page.remaining }),
    },
    // As in reality items do not say what they are.
    items: page.items.map((item) => ({ ...item, apiVersion: undefined, kind: undefined })),
  }
}

function deleteAll(api: Api, { resource, namespace }: Route, query: URLSearchParams, body: unknown): Json {
  const matches = selects(query.get('labelSelector'), query.get('fieldSelector'))
  for (const object of api.store.list(resource, namespace).filter(matches))
    api.delete({ resource, namespace, name: object.metadata.name }, deleteRequest(body))
  return success()
}

function deleteRequest(body: unknown): DeleteRequest {
  if (!isMap(body)) return {}
  const { preconditions, gracePeriodSeconds, propagationPolicy } = body as {
    preconditions?: { uid?: string; resourceVersion?: string }
    gracePeriodSeconds?: number
    propagationPolicy?: string
  }
  return {
    ...preconditions,
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy !== undefined && { propagationPolicy }),
  }
}

function written({ object, warnings, created }: Written): Answer {
  return { status: created ? 201 : 200, value: object, warnings }
}

function asMap(body: unknown): Json {
  if (!isMap(body)) throw new ApiError(400, 'BadRequest', 'the body of the request is no object')
  return body
}

function sameName({ name }: Address, body: Json): Json {
  const { name: given } = (body['metadata'] ?? {}) as { name?: string }
  if (given === name) return body
  throw new ApiError(
    400,
    'BadRequest',
    `the name of the object (${given ?? ''}) does not match the name on the URL (${name})`,
  )
}

function success(resource?: Resource, object?: Stored): Json {
  const details = resource &&
    object && { name: object.metadata.name, kind: resource.plural, uid: object.metadata.uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...(details && { details }) }
}

const notAllowed = (): ApiError =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
