/** A kind of objects that the double serves. */
export interface Resource {
  group: string
  version: string
  kind: string
  plural: string
  namespaced: boolean
  /** Its status is written through a path of its own. */
  status: boolean
  /** Its `generation` grows with its spec. */
  generation: boolean
}

const rows = [
  // group, version, kind, plural, scope, traits: s(tatus), g(eneration)
  ['', 'v1', 'ConfigMap', 'configmaps', 'ns', ''],
  ['', 'v1', 'Event', 'events', 'ns', ''],
  ['', 'v1', 'LimitRange', 'limitranges', 'ns', ''],
  ['', 'v1', 'Namespace', 'namespaces', '', 's'],
  ['', 'v1', 'Node', 'nodes', '', 's'],
  ['', 'v1', 'Pod', 'pods', 'ns', 'sg'],
  ['', 'v1', 'ResourceQuota', 'resourcequotas', 'ns', 's'],
  ['', 'v1', 'Secret', 'secrets', 'ns', ''],
  ['', 'v1', 'Service', 'services', 'ns', 's'],
  ['', 'v1', 'ServiceAccount', 'serviceaccounts', 'ns', ''],
  ['apps', 'v1', 'DaemonSet', 'daemonsets', 'ns', 'sg'],
  ['apps', 'v1', 'Deployment', 'deployments', 'ns', 'sg'],
  ['apps', 'v1', 'ReplicaSet', 'replicasets', 'ns', 'sg'],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'ns', 's'],
  ['batch', 'v1', 'Job', 'jobs', 'ns', 'sg'],
  ['coordination.k8s.io', 'v1', 'Lease', 'leases', 'ns', ''],
  ['gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes', 'ns', 'sg'],
  ['networking.k8s.io', 'v1', 'Ingress', 'ingresses', 'ns', 'sg'],
  ['networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies', 'ns', 'g'],
  ['policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'ns', 'sg'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'roles', 'ns', ''],
  ['rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings', 'ns', ''],
  ['scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', '', ''],
] as const

export const RESOURCES: readonly Resource[] = rows.map(([group, version, kind, plural, scope, traits]) => ({
  group,
  version,
  kind,
  plural,
  namespaced: scope === 'ns',
  status: traits.includes('s'),
  generation: traits.includes('g'),
}))

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}

export function resourceOf(kind: string): Resource {
  const found = RESOURCES.find((resource) => resource.kind === kind)
  if (!found) throw new Error(`the double serves no ${kind}`)
  return found
}

export interface Route {
  resource: Resource
  namespace: string | null
  name: string | null
  subresource: string | null
}

/** `/apis/apps/v1/namespaces/x/deployments/y/status`; null for a path that leads nowhere. */
export function routeOf(path: string): Route | null {
  const parts = path.split('/').filter((part) => part !== '')
  const [root] = parts
  const group = root === 'apis' ? parts[1] : root === 'api' ? '' : undefined
  const rest = parts.slice(root === 'apis' ? 2 : 1)
  const version = rest.shift()
  if (group === undefined || version === undefined) return null
  const find = (plural: string | undefined): Resource | undefined =>
    RESOURCES.find((one) => one.group === group && one.version === version && one.plural === plural)
  if (rest[0] === 'namespaces' && rest.length >= 3) {
    const resource = find(rest[2])
    if (resource?.namespaced === true)
      return { resource, namespace: rest[1]!, name: rest[3] ?? null, subresource: rest[4] ?? null }
  }
  const resource = find(rest[0])
  if (!resource) return null
  if (resource.namespaced)
    return rest.length === 1 ? { resource, namespace: null, name: null, subresource: null } : null
  return { resource, namespace: null, name: rest[1] ?? null, subresource: rest[2] ?? null }
}
