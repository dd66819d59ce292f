import { isDeepStrictEqual } from 'node:util'
import { invalid } from './api-error.ts'
import type { Resource } from './kinds.ts'
import { parseQuantity } from './quantity.ts'
import type { Json, PodSpec, Stored, Template } from './objects.ts'

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/

export function checkName(resource: Resource, name: string | undefined): asserts name is string {
  if (name === undefined || name === '')
    throw invalid(resource, '', 'metadata.name', 'Required value: name or generateName is required')
  const isLabel = resource.kind === 'Namespace' || resource.kind === 'Service'
  const longest = isLabel ? 63 : 253
  const isRole = resource.group === 'rbac.authorization.k8s.io'
  if (name.length > longest)
    throw invalid(
      resource,
      name,
      'metadata.name',
      `Invalid value: "${name}": must be no more than ${longest} characters`,
    )
  if (!isRole && !(isLabel ? LABEL : SUBDOMAIN).test(name))
    throw invalid(
      resource,
      name,
      'metadata.name',
      `Invalid value: "${name}": a lowercase RFC 1123 ${isLabel ? 'label' : 'subdomain'} must consist of lower case alphanumeric characters, '-'${isLabel ? '' : " or '.'"}, and must start and end with an alphanumeric character`,
    )
}

/** Refuses what the API server refuses of an object as such, and of a change to one. */
export function checkChange(resource: Resource, before: Stored | null, after: Stored): void {
  const { name } = after.metadata
  for (const [key, value] of Object.entries(after.metadata.labels ?? {}))
    if (typeof value !== 'string' || value.length > 63 || !VALUE.test(value) || !KEY.test(key))
      throw invalid(
        resource,
        name,
        'metadata.labels',
        `Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
      )
  const spec = after.spec ?? {}
  if (resource.kind === 'Pod') checkPod(resource, before, after)
  if (resource.kind === 'Deployment' || resource.kind === 'ReplicaSet') checkWorkload(resource, before, after)
  if (resource.kind === 'Service' && before && before.spec?.['clusterIP'] !== spec['clusterIP'])
    throw invalid(
      resource,
      name,
      'spec.clusterIP',
      `Invalid value: "${String(spec['clusterIP'])}": field is immutable`,
    )
}

function checkPod(resource: Resource, before: Stored | null, after: Stored): void {
  checkContainers(resource, after.metadata.name, 'spec', after.spec as unknown as PodSpec)
  if (before && !isDeepStrictEqual(mutable(before.spec), mutable(after.spec)))
    throw invalid(
      resource,
      after.metadata.name,
      'spec',
      'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    )
}

/** A pod's spec without what may change: binding sets the node. */
function mutable(spec: Json | undefined): Json {
  const { activeDeadlineSeconds: _, tolerations: __, nodeName: ___, containers, ...rest } = spec ?? {}
  const fixed = (containers as Json[] | undefined)?.map(({ image: _image, ...container }) => container)
  return { ...rest, containers: fixed }
}

function checkWorkload(resource: Resource, before: Stored | null, after: Stored): void {
  const { name } = after.metadata
  const selector = after.spec?.['selector'] as { matchLabels?: Record<string, string> } | undefined
  const template = after.spec?.['template'] as Template | undefined
  if (!selector) throw invalid(resource, name, 'spec.selector', 'Required value')
  if (!template?.spec) throw invalid(resource, name, 'spec.template', 'Required value')
  const labels = template.metadata?.labels ?? {}
  if (Object.entries(selector.matchLabels ?? {}).some(([key, value]) => labels[key] !== value))
    throw invalid(
      resource,
      name,
      'spec.template.metadata.labels',
      `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
    )
  checkContainers(resource, name, 'spec.template.spec', template.spec)
  if (before && !isDeepStrictEqual(before.spec?.['selector'], selector))
    throw invalid(
      resource,
      name,
      'spec.selector',
      `Invalid value: ${JSON.stringify(selector)}: field is immutable`,
    )
}

function checkContainers(resource: Resource, name: string, path: string, spec: PodSpec): void {
  if (!Array.isArray(spec.containers) || spec.containers.length === 0)
    throw invalid(resource, name, `${path}.containers`, 'Required value')
  for (const [index, container] of spec.containers.entries()) {
    if ((container.image ?? '') === '')
      throw invalid(resource, name, `${path}.containers[${index}].image`, 'Required value')
    const { limits = {}, requests = {} } = container.resources ?? {}
    for (const [key, asked] of Object.entries(requests))
      if (limits[key] !== undefined && parseQuantity(asked).milli > parseQuantity(limits[key]).milli)
        throw invalid(
          resource,
          name,
          `${path}.containers[${index}].resources.requests`,
          `Invalid value: "${asked}": must be less than or equal to ${key} limit of ${limits[key]}`,
        )
    for (const { name: mount } of container.volumeMounts ?? [])
      if (!spec.volumes?.some((volume) => volume.name === mount))
        throw invalid(
          resource,
          name,
          `${path}.containers[${index}].volumeMounts[0].name`,
          `Not found: "${mount}"`,
        )
  }
}
