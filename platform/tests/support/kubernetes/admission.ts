import { forbidden } from './api-error.ts'
import { resourceOf } from './kinds.ts'
import type { Resource } from './kinds.ts'
import { asPod } from './objects.ts'
import type { PodSpec, Stored } from './objects.ts'
import { levelOf, violations, violationSentence } from './pod-security.ts'
import { parseQuantity } from './quantity.ts'
import { checkQuota } from './quota.ts'
import type { Store } from './store.ts'

interface Limit {
  type: string
  default?: Record<string, string>
  defaultRequest?: Record<string, string>
  max?: Record<string, string>
}

/** What admission adds to a pod that is made; it is changed in place. */
export function completePod(store: Store, object: Stored): void {
  const { spec, metadata } = asPod(object)
  for (const range of store.all('LimitRange', metadata.namespace ?? ''))
    limit(spec, metadata.name, (range.spec?.['limits'] ?? []) as Limit[])
  if (spec['automountServiceAccountToken'] === false) return
  const name = 'kube-api-access-double'
  spec.volumes = [...(spec.volumes ?? []), { name, projected: { defaultMode: 420, sources: [] } }]
  const mount = { name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }
  for (const container of spec.containers) container.volumeMounts = [...(container.volumeMounts ?? []), mount]
}

/** Refuses a pod that its namespace has no room for or does not allow. */
export function admitPod(store: Store, object: Stored): void {
  const pod = asPod(object)
  const { namespace = '', name } = pod.metadata
  const space = store.find('Namespace', null, namespace)
  if (levelOf(space?.metadata.labels, 'enforce') === 'restricted') {
    const found = violations(pod.spec)
    if (found.length > 0) throw forbidden(resourceOf('Pod'), name, violationSentence(found))
  }
  checkQuota(store, pod)
}

/** What the API server warns of when a workload is written whose pods it will refuse. */
export function warningsOf(store: Store, resource: Resource, object: Stored): string[] {
  const template = object.spec?.['template'] as { spec?: PodSpec } | undefined
  if (
    !['Deployment', 'ReplicaSet', 'DaemonSet', 'Job'].includes(resource.kind) ||
    !template?.spec?.containers
  )
    return []
  const space = store.find('Namespace', null, object.metadata.namespace ?? '')
  if (levelOf(space?.metadata.labels, 'warn') !== 'restricted') return []
  const found = violations(template.spec)
  return found.length === 0 ? [] : [`would ${violationSentence(found).replace(/^violates/, 'violate')}`]
}

function limit(spec: PodSpec, name: string, limits: Limit[]): void {
  for (const { type, default: limitDefaults, defaultRequest, max } of limits) {
    if (type !== 'Container') continue
    for (const container of spec.containers) {
      const { resources } = container
      container.resources = {
        limits: { ...limitDefaults, ...resources?.limits },
        requests: { ...limitDefaults, ...defaultRequest, ...resources?.limits, ...resources?.requests },
      }
      for (const [key, most] of Object.entries(max ?? {})) {
        const asked = container.resources.limits?.[key]
        if (asked === undefined || parseQuantity(asked).milli > parseQuantity(most).milli)
          throw forbidden(
            resourceOf('Pod'),
            name,
            asked === undefined
              ? `maximum ${key} usage per Container is ${most}.  No limit is specified`
              : `maximum ${key} usage per Container is ${most}, but limit is ${asked}`,
          )
      }
    }
  }
}
