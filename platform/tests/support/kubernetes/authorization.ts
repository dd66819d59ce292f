import { ApiError } from './api-error.ts'
import type { Route } from './kinds.ts'

export interface Rule {
  apiGroups: string[]
  resources: string[]
  verbs: string[]
  resourceNames?: string[]
}

/** Somebody with a token, and what Roles in namespaces allow them; `'*'` as namespace stands for the whole cluster. */
export interface Identity {
  user: string
  roles: { namespace: string; rules: Rule[] }[]
}

/** Throws 401 or 403 as RBAC does; lets everybody do everything when nobody is known. */
export function authorize(
  identities: ReadonlyMap<string, Identity> | undefined,
  header: string | undefined,
  method: string,
  isWatch: boolean,
  route: Route,
  fieldSelector: string | null = null,
): void {
  if (!identities) return
  const identity = identities.get((header ?? '').replace(/^Bearer /, ''))
  if (!identity) throw new ApiError(401, 'Unauthorized', 'Unauthorized')
  const { resource, namespace, name, subresource } = route
  // A list or a watch of one object by its name counts as one of that name.
  const selected = /^metadata\.name=([^,]+)$/.exec(fieldSelector ?? '')?.[1] ?? null
  const about = name ?? selected
  const verb = verbOf(method, isWatch, name)
  const full = subresource === null ? resource.plural : `${resource.plural}/${subresource}`
  const has = (values: string[], value: string): boolean => values.includes('*') || values.includes(value)
  const isAllowed = identity.roles.some(
    (role) =>
      (role.namespace === '*' || role.namespace === namespace) &&
      role.rules.some(
        (rule) =>
          has(rule.apiGroups, resource.group) &&
          has(rule.resources, full) &&
          has(rule.verbs, verb) &&
          (rule.resourceNames === undefined || (about !== null && rule.resourceNames.includes(about))),
      ),
  )
  if (isAllowed) return
  const where = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const object = `${full}${resource.group === '' ? '' : `.${resource.group}`}${name === null ? '' : ` "${name}"`}`
  throw new ApiError(
    403,
    'Forbidden',
    `${object} is forbidden: User "${identity.user}" cannot ${verb} resource "${full}" in API group "${resource.group}" ${where}`,
    { ...(name !== null && { name }), kind: full },
  )
}

function verbOf(method: string, isWatch: boolean, name: string | null): string {
  if (method === 'GET') return isWatch ? 'watch' : name === null ? 'list' : 'get'
  if (method === 'DELETE') return name === null ? 'deletecollection' : 'delete'
  return { POST: 'create', PUT: 'update' }[method] ?? 'patch'
}
