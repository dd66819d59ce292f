import type { Collection, Target } from './objects.ts'

/** Kinds that the platform works with, and what the API calls them in paths. */
const PLURALS: Record<string, string> = {
  'v1 ConfigMap': 'configmaps',
  'v1 Event': 'events',
  'v1 LimitRange': 'limitranges',
  'v1 Namespace': 'namespaces',
  'v1 Node': 'nodes',
  'v1 Pod': 'pods',
  'v1 ResourceQuota': 'resourcequotas',
  'v1 Secret': 'secrets',
  'v1 Service': 'services',
  'v1 ServiceAccount': 'serviceaccounts',
  'apps/v1 Deployment': 'deployments',
  'apps/v1 ReplicaSet': 'replicasets',
  'coordination.k8s.io/v1 Lease': 'leases',
  'gateway.networking.k8s.io/v1 HTTPRoute': 'httproutes',
  'networking.k8s.io/v1 Ingress': 'ingresses',
  'networking.k8s.io/v1 NetworkPolicy': 'networkpolicies',
}

/** Names come from manifests; one that could lead a path elsewhere is a defect of whoever asks. */
const SEGMENT = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/

/** `/apis/apps/v1/namespaces/x/deployments`; throws for a kind that the platform does not work with. */
export function collectionPath({ apiVersion, kind, namespace }: Collection): string {
  const plural = PLURALS[`${apiVersion} ${kind}`]
  if (plural === undefined) throw new Error(`${apiVersion} ${kind} is no kind that the platform works with`)
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${segment(namespace)}/${plural}`
}

export function objectPath(target: Target): string {
  return `${collectionPath(target)}/${segment(target.name)}`
}

function segment(name: string): string {
  if (name.length > 253 || !SEGMENT.test(name))
    throw new Error(`${JSON.stringify(name)} is no name of an object`)
  return name
}
