import { isMap } from './patches.ts'
import type { Container, Json, PodSpec, Probe, Stored, Template } from './objects.ts'

/** What the API server adds to an object that does not say it. Returns the object, changed in place. */
export function withDefaults(object: Stored, clusterAddress: () => string): Stored {
  const spec = (object.spec ??= {})
  switch (object.kind) {
    case 'Pod':
      podDefaults(spec as unknown as PodSpec)
      ownPodDefaults(spec as unknown as PodSpec)
      break
    case 'Deployment':
      fill(spec, {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      })
      podDefaults((spec['template'] as Template | undefined)?.spec)
      break
    case 'ReplicaSet':
      fill(spec, { replicas: 1 })
      podDefaults((spec['template'] as Template | undefined)?.spec)
      break
    case 'Service':
      serviceDefaults(spec, clusterAddress)
      break
    case 'NetworkPolicy':
      fill(spec, { podSelector: {}, policyTypes: 'egress' in spec ? ['Ingress', 'Egress'] : ['Ingress'] })
      portDefaults(spec)
      break
    case 'HTTPRoute':
    case 'Ingress':
    case 'ResourceQuota':
    case 'LimitRange':
    case 'Lease':
      break
    case 'Namespace':
      fill(spec, { finalizers: ['kubernetes'] })
      fill(object, { status: { phase: 'Active' } })
      object.metadata.labels = {
        ...object.metadata.labels,
        'kubernetes.io/metadata.name': object.metadata.name,
      }
      break
    case 'Secret':
      secretDefaults(object)
      delete object.spec
      break
    default:
      if (Object.keys(spec).length === 0) delete object.spec
  }
  return object
}

function fill(target: Json, defaults: Json): void {
  for (const [key, value] of Object.entries(defaults)) target[key] ??= value
}

function podDefaults(spec: PodSpec | undefined): void {
  if (!spec) return
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  })
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])])
    containerDefaults(container)
}

/** What pods get, and the templates of pods do not. */
function ownPodDefaults(spec: PodSpec): void {
  fill(spec, {
    enableServiceLinks: true,
    serviceAccountName: 'default',
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  })
  fill(spec, { serviceAccount: spec['serviceAccountName'] })
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  for (const container of containers) {
    const { limits, requests } = container.resources ?? {}
    if (limits) container.resources = { ...container.resources, requests: { ...limits, ...requests } }
  }
  fill(spec, {
    tolerations: ['not-ready', 'unreachable'].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  })
}

function containerDefaults(container: Container): void {
  fill(container as unknown as Json, {
    imagePullPolicy: /:(?!latest$)[^/]+$|@/.test(container.image) ? 'IfNotPresent' : 'Always',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  })
  for (const port of container.ports ?? []) port.protocol ??= 'TCP'
  for (const probe of [container.readinessProbe, container.livenessProbe]) if (probe) probeDefaults(probe)
  for (const { valueFrom } of container.env ?? [])
    if (valueFrom?.fieldRef) fill(valueFrom.fieldRef, { apiVersion: 'v1' })
}

function probeDefaults(probe: Probe): void {
  fill(probe as Json, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
  if (probe.httpGet) fill(probe.httpGet, { path: '/', scheme: 'HTTP' })
}

function serviceDefaults(spec: Json, clusterAddress: () => string): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' })
  spec['clusterIP'] ??= clusterAddress()
  fill(spec, { clusterIPs: [spec['clusterIP']], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
  for (const port of (spec['ports'] ?? []) as Json[])
    fill(port, { protocol: 'TCP', targetPort: port['port'] })
}

/** Ports of every rule. */
function portDefaults(spec: Json): void {
  for (const rule of [spec['ingress'], spec['egress']].flat())
    for (const port of isMap(rule) ? ((rule['ports'] ?? []) as Json[]) : []) fill(port, { protocol: 'TCP' })
}

function secretDefaults(object: Stored): void {
  fill(object, { type: 'Opaque' })
  const plain = object['stringData'] as Record<string, string> | undefined
  if (!plain) return
  const data = Object.entries(plain).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  object['data'] = { ...(object['data'] as Json | undefined), ...Object.fromEntries(data) }
  delete object['stringData']
}
