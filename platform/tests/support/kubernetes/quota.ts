import { forbidden } from './api-error.ts'
import { resourceOf } from './kinds.ts'
import { asPod } from './objects.ts'
import type { Json, Pod, Stored } from './objects.ts'
import { formatQuantity, NOTHING, parseQuantity, sum } from './quantity.ts'
import type { Quantity } from './quantity.ts'
import type { Store } from './store.ts'

type Usage = Record<string, Quantity>

const COMPUTE = new Set(['cpu', 'memory', 'ephemeral-storage'])

/** Refuses a pod that its namespace has no room for, in the words of the API server. */
export function checkQuota(store: Store, pod: Pod): void {
  const { namespace = '', name } = pod.metadata
  const refuse = (why: string): never => {
    throw forbidden(resourceOf('Pod'), name, why)
  }
  for (const quota of store.all('ResourceQuota', namespace)) {
    const hard = hardOf(quota)
    const missing = unnamed(pod, Object.keys(hard))
    if (missing.length > 0) refuse(`failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`)
    const requested = usageOf(pod)
    const used = usedIn(store, namespace)
    const full = Object.keys(hard)
      .filter((key) => requested[key] && sum(used[key] ?? NOTHING, requested[key]).milli > hard[key]!.milli)
      .sort()
    if (full.length === 0) continue
    const show = (usage: Usage): string =>
      full.map((key) => `${key}=${formatQuantity(usage[key] ?? NOTHING)}`).join(',')
    refuse(
      `exceeded quota: ${quota.metadata.name}, requested: ${show(requested)}, used: ${show(used)}, limited: ${show(hard)}`,
    )
  }
}

/** What `status` of a quota says. */
export function quotaStatus(store: Store, quota: Stored): Json {
  const hard = hardOf(quota)
  const used = usedIn(store, quota.metadata.namespace ?? '')
  const show = (usage: Usage): Json =>
    Object.fromEntries(Object.keys(hard).map((key) => [key, formatQuantity(usage[key] ?? NOTHING)]))
  return { hard: show(hard), used: show(used) }
}

function hardOf(quota: Stored): Usage {
  const hard = (quota.spec?.['hard'] ?? {}) as Record<string, string>
  return Object.fromEntries(Object.entries(hard).map(([key, value]) => [key, parseQuantity(value)]))
}

function usedIn(store: Store, namespace: string): Usage {
  const used: Usage = {}
  for (const object of store.all('Pod', namespace)) {
    const pod = asPod(object)
    if (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') continue
    for (const [key, quantity] of Object.entries(usageOf(pod)))
      used[key] = sum(used[key] ?? NOTHING, quantity)
  }
  return used
}

function usageOf({ spec }: Pod): Usage {
  const usage: Usage = { pods: parseQuantity(1), 'count/pods': parseQuantity(1) }
  const add = (key: string, text: string): void => {
    usage[key] = sum(usage[key] ?? NOTHING, parseQuantity(text))
  }
  for (const { resources } of spec.containers) {
    for (const [key, text] of Object.entries(resources?.requests ?? {})) {
      add(`requests.${key}`, text)
      if (COMPUTE.has(key)) add(key, text)
    }
    for (const [key, text] of Object.entries(resources?.limits ?? {})) add(`limits.${key}`, text)
  }
  return usage
}

function unnamed({ spec }: Pod, keys: string[]): string[] {
  return keys.sort().flatMap((key) => {
    const match = /^(?:(requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.exec(key)
    if (!match) return []
    const side = match[1] === 'limits' ? 'limits' : 'requests'
    const without = spec.containers.filter(({ resources }) => resources?.[side]?.[match[2]!] === undefined)
    return without.length === 0 ? [] : [`${key} for: ${without.map(({ name }) => name).join(',')}`]
  })
}
