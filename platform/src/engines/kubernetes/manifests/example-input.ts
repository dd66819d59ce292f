import type { ManifestInput } from './types.ts'

/** For tests: a workspace as most are. */
export function exampleInput(changes: Partial<ManifestInput> = {}): ManifestInput {
  return {
    role: { kind: 'workspace', id: 'brave-otter', owner: 'ada' },
    namespace: 'codenest-workspaces',
    platform: {
      namespace: 'codenest',
      labels: { 'app.kubernetes.io/name': 'codenest-platform' },
      internalPort: 4001,
    },
    image: 'registry.example.com/codenest/runner-node:0.1.0',
    resources: { cpu: 2, memory: 2 * 2 ** 30, storage: 10 * 2 ** 30 },
    publicKey: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    routing: { kind: 'gateway' },
    runtimeClass: null,
    hostUsers: false,
    replicas: 1,
    ...changes,
  }
}

const controller = { namespace: 'ingress', labels: { 'app.kubernetes.io/name': 'ingress' } }
export const INGRESS: ManifestInput['routing'] = {
  kind: 'ingress',
  className: 'haproxy',
  domain: 'codenest.example.com',
  controller,
}
export const HTTP_ROUTE: ManifestInput['routing'] = {
  kind: 'httproute',
  gateway: { name: 'public', namespace: 'gateways' },
  domain: 'codenest.example.com',
  controller,
}

/** Every way in which manifests come out differently, by name. */
export const EXAMPLES: Record<string, ManifestInput> = {
  workspace: exampleInput(),
  'claimed-workspace': exampleInput({ replicas: 0 }),
  'workspace-with-ingress': exampleInput({ routing: INGRESS }),
  'workspace-with-http-route': exampleInput({ routing: HTTP_ROUTE }),
  'sandboxed-workspace': exampleInput({
    runtimeClass: 'gvisor',
    hostUsers: true,
    resources: { cpu: 0.5, memory: 512 * 2 ** 20, storage: 2 ** 30 },
  }),
  pool: exampleInput({ role: { kind: 'pool', stack: 'node' }, replicas: 3 }),
  'overridden-workspace': exampleInput({
    overrides: [
      {
        path: 'overrides/all.yaml',
        text: `apiVersion: apps/v1
kind: Deployment
metadata:
  labels: { team: research }
spec:
  template:
    spec:
      nodeSelector: { pool: workspaces }
      tolerations: [{ key: workspaces, operator: Exists }]
      containers:
        - name: runner
          env: [{ name: NODE_EXTRA_CA_CERTS, value: /etc/company/ca.pem }]
          volumeMounts: [{ name: company, mountPath: /etc/company, readOnly: true }]
      volumes: [{ name: company, configMap: { name: company-ca } }]
`,
      },
      {
        path: 'overrides/brave-otter.yaml',
        text: `apiVersion: apps/v1
kind: Deployment
metadata: { name: ws-brave-otter }
spec:
  template:
    spec:
      containers:
        - name: runner
          resources: { limits: { memory: 8Gi } }
`,
      },
    ],
  }),
}
