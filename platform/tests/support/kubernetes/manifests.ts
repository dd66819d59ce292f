import type { KubeObject } from '../../../src/engines/kubernetes/cluster/objects.ts'

export function configMap(
  namespace: string,
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data }
}

/** What "restricted" asks of a container and its pod. */
const RESTRICTED = {
  pod: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
  container: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
}

const IMAGE = 'registry.invalid/none:1'

/** A pod that no node takes. */
export function unschedulablePod(namespace: string, name: string, restricted = true): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      nodeSelector: { 'codenest.dev/none': 'such' },
      ...(restricted && { securityContext: RESTRICTED.pod }),
      containers: [
        { name: 'runner', image: IMAGE, ...(restricted && { securityContext: RESTRICTED.container }) },
      ],
    },
  }
}

/** A Deployment of one pod; `spec` and `container` are added to what it has. */
export function deployment(
  namespace: string,
  name: string,
  { spec = {}, container = {} }: { spec?: Record<string, unknown>; container?: Record<string, unknown> } = {},
): KubeObject {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: RESTRICTED.pod,
          ...spec,
          containers: [
            {
              name: 'runner',
              image: IMAGE,
              securityContext: RESTRICTED.container,
              resources: { limits: { cpu: '1', memory: '512Mi' } },
              ...container,
            },
          ],
        },
      },
    },
  }
}
