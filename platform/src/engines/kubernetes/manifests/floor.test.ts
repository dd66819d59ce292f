import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { EXAMPLES, exampleInput, HTTP_ROUTE, INGRESS } from './example-input.ts'
import { floorReasons } from './floor.ts'
import { renderWorkspace } from './manifests.ts'
import { API_VERSIONS, ManifestInput } from './types.ts'
import type { Manifest, ManifestKind } from './types.ts'

type Loose = Record<string, unknown>

/** What is said of the example with an object of it patched. */
function refusal(kind: ManifestKind, patch: Loose, changes: Partial<ManifestInput> = {}): string {
  const text = stringify({ apiVersion: API_VERSIONS[kind], kind, ...patch })
  try {
    renderWorkspace(exampleInput({ ...changes, overrides: [{ path: 'overrides/all.yaml', text }] }))
  } catch (error) {
    return (error as Error).message
  }
  return 'taken'
}

const pod = (spec: Loose): string => refusal('Deployment', { spec: { template: { spec } } })
const container = (fields: Loose): string => pod({ containers: [{ name: 'runner', ...fields }] })
const security = (fields: Loose): string => container({ securityContext: fields })
const policy = (spec: Loose): string => refusal('NetworkPolicy', { spec })

describe('the floor of a pod', () => {
  it.each<[string, Loose, string]>([
    ['the network of the node', { hostNetwork: true }, 'hostNetwork may not be set'],
    ['processes of the node', { hostPID: true }, 'hostPID may not be set'],
    ['memory of the node', { hostIPC: true }, 'hostIPC may not be set'],
    ['users of the node', { hostUsers: true }, 'hostUsers: must be false'],
    ['users of the node by omission', { hostUsers: null }, 'hostUsers: must be false'],
    [
      'processes of other containers',
      { shareProcessNamespace: true },
      'shareProcessNamespace may not be set',
    ],
    ['a token of the cluster', { automountServiceAccountToken: true }, 'automountServiceAccountToken'],
    ['a token by omission', { automountServiceAccountToken: null }, 'automountServiceAccountToken'],
    ['another account', { serviceAccountName: 'admin' }, 'serviceAccountName: must be "default"'],
    ['another account by its old name', { serviceAccount: 'admin' }, 'serviceAccount may not be set'],
    ['names of other services', { enableServiceLinks: true }, 'enableServiceLinks: must be false'],
    ['names by omission', { enableServiceLinks: null }, 'enableServiceLinks: must be false'],
    ['no time for the last save', { terminationGracePeriodSeconds: 5 }, 'must be 45 or more'],
    ['no restart', { restartPolicy: 'Never' }, 'restartPolicy: must be "Always"'],
    ['devices', { resourceClaims: [{ name: 'gpu' }] }, 'resourceClaims may not be set'],
    ['a node by name', { nodeName: 'master' }, 'nodeName may not be set'],
    ['containers for debugging', { ephemeralContainers: [] }, 'ephemeralContainers may not be set'],
    ['a field of tomorrow', { hostEverything: true }, 'hostEverything may not be set'],
    [
      'no runner',
      { containers: [{ name: 'runner', $patch: 'delete' }] },
      'variables CODENEST_* of its containers',
    ],
  ])('refuses %s', (_what, spec, said) => {
    expect(pod(spec)).toContain(said)
  })

  it.each<[string, Loose, string]>([
    ['root', { runAsNonRoot: false }, 'runAsNonRoot: must be true'],
    ['root by omission', { runAsNonRoot: null }, 'runAsNonRoot: must be true'],
    ['a user of the system', { runAsUser: 1000 }, 'runAsUser: must be 10000 or more'],
    ['any user', { runAsUser: null }, 'runAsUser: must be a number of 10000 or more'],
    ['a group of the system', { runAsGroup: 0 }, 'runAsGroup: must be 10000 or more'],
    ['any group', { runAsGroup: null }, 'runAsGroup: must be a number of 10000 or more'],
    ['the files of a system group', { fsGroup: 6 }, 'fsGroup: must be 10000 or more'],
    ['another system group', { supplementalGroups: [20000, 6] }, 'supplementalGroups.1: must be 10000'],
    ['all system calls', { seccompProfile: { type: 'Unconfined' } }, 'seccompProfile.type: must be'],
    [
      'its own system calls',
      { seccompProfile: { type: 'Localhost', localhostProfile: 'x' } },
      'seccompProfile',
    ],
    ['system calls by omission', { seccompProfile: null }, 'seccompProfile: is missing'],
    ['settings of the kernel', { sysctls: [{ name: 'a', value: 'b' }] }, 'sysctls may not be set'],
    ['no AppArmor', { appArmorProfile: { type: 'Unconfined' } }, 'appArmorProfile.type: must be'],
    ['an SELinux type', { seLinuxOptions: { type: 'spc_t' } }, 'seLinuxOptions.type: must be a type'],
    ['an SELinux user', { seLinuxOptions: { user: 'root' } }, 'user may not be set'],
    ['Windows', { windowsOptions: { hostProcess: true } }, 'windowsOptions may not be set'],
  ])('refuses, of the security context of all containers, %s', (_what, fields, said) => {
    expect(pod({ securityContext: fields })).toContain(said)
  })

  it.each<[string, Loose, string]>([
    ['a gain of rights', { allowPrivilegeEscalation: true }, 'allowPrivilegeEscalation: must be false'],
    ['a gain by omission', { allowPrivilegeEscalation: null }, 'allowPrivilegeEscalation: must be false'],
    ['a root that can be written', { readOnlyRootFilesystem: false }, 'readOnlyRootFilesystem: must be true'],
    ['a root by omission', { readOnlyRootFilesystem: null }, 'readOnlyRootFilesystem: must be true'],
    ['root', { runAsNonRoot: false }, 'runAsNonRoot: must be true'],
    ['uid 0', { runAsUser: 0 }, 'runAsUser: must be 10000 or more'],
    ['gid 0', { runAsGroup: 0 }, 'runAsGroup: must be 10000 or more'],
    ['all rights', { privileged: true }, 'privileged: must be false'],
    ['all of /proc', { procMount: 'Unmasked' }, 'procMount: must be "Default"'],
    ['a capability', { capabilities: { add: ['NET_BIND_SERVICE'] } }, 'capabilities.add: must be []'],
    ['capabilities that stay', { capabilities: { drop: ['NET_RAW'] } }, 'capabilities.drop: must be ["ALL"]'],
    ['capabilities by omission', { capabilities: null }, 'capabilities: is missing'],
    ['all system calls', { seccompProfile: { type: 'Unconfined' } }, 'seccompProfile.type: must be'],
    ['no AppArmor', { appArmorProfile: { type: 'Unconfined' } }, 'appArmorProfile.type: must be'],
    ['an SELinux type', { seLinuxOptions: { type: 'spc_t' } }, 'seLinuxOptions.type: must be a type'],
    ['Windows', { windowsOptions: {} }, 'windowsOptions may not be set'],
  ])('refuses, of the security context of a container, %s', (_what, fields, said) => {
    expect(security(fields)).toContain(said)
  })

  it.each<[string, Loose, string]>([
    ['a port of the node', { ports: [{ containerPort: 7070, hostPort: 80 }] }, 'hostPort may not be set'],
    ['an address of the node', { ports: [{ containerPort: 7070, hostIP: '::' }] }, 'hostIP may not be set'],
    ['a device', { volumeDevices: [{ devicePath: '/dev/x', name: 'x' }] }, 'volumeDevices may not be set'],
    [
      'a variable from a Secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: {} } }] },
      'secretKeyRef may not',
    ],
    ['a variable from a file', { env: [{ name: 'A', valueFrom: { fileKeyRef: {} } }] }, 'fileKeyRef may not'],
    ['all of a Secret', { envFrom: [{ secretRef: { name: 'x' } }] }, 'secretRef may not be set'],
    ['a probe of another host', { livenessProbe: { httpGet: { host: '10.0.0.1' } } }, 'host may not be set'],
    [
      'a hook to another host',
      { lifecycle: { postStart: { tcpSocket: { host: 'x' } } } },
      'host may not be set',
    ],
    ['claims of devices', { resources: { claims: [] } }, 'claims may not be set'],
    [
      'mounts that spread',
      { volumeMounts: [{ mountPath: '/tmp', mountPropagation: 'Bidirectional' }] },
      'mountPropagation may not be set',
    ],
    ['a terminal', { stdin: true }, 'stdin may not be set'],
  ])('refuses a container with %s', (_what, fields, said) => {
    expect(container(fields)).toContain(said)
  })

  it.each(['cpu', 'memory', 'ephemeral-storage'])('refuses a container without %s', (name) => {
    expect(container({ resources: { limits: { [name]: null } } })).toContain(`limits.${name}: must be set`)
    expect(container({ resources: { requests: { [name]: null } } })).toContain(
      `requests.${name}: must be set`,
    )
    expect(container({ resources: { limits: { [name]: '0' } } })).toContain(`limits.${name}: must be a size`)
    expect(container({ resources: { requests: { [name]: '9000Gi' } } })).toContain(
      'must not be above the limit',
    )
  })

  it.each<[string, Loose, string]>([
    ['a folder of the node', { hostPath: { path: '/' } }, 'hostPath may not be set'],
    ['a Secret', { secret: { secretName: 'x' } }, 'secret may not be set'],
    ['a token', { projected: { sources: [{ serviceAccountToken: {} }] } }, 'projected may not be set'],
    ['a disk', { persistentVolumeClaim: { claimName: 'x' } }, 'persistentVolumeClaim may not be set'],
    ['a share', { nfs: { server: 'x', path: '/' } }, 'nfs may not be set'],
    ['a driver', { csi: { driver: 'secrets-store' } }, 'csi may not be set'],
    ['no limit', { emptyDir: {} }, 'emptyDir.sizeLimit: must be a size'],
    ['a limit of nothing', { emptyDir: { sizeLimit: '0' } }, 'emptyDir.sizeLimit: must be a size'],
    ['huge pages', { emptyDir: { medium: 'HugePages', sizeLimit: '1Gi' } }, 'emptyDir.medium'],
    ['nothing', {}, 'must be either an emptyDir or a configMap'],
  ])('refuses a volume of %s', (_what, source, said) => {
    expect(pod({ volumes: [{ name: 'added', ...source }] })).toContain(said)
  })

  it('refuses work and tmp without a limit', () => {
    for (const name of ['workspace', 'tmp'])
      expect(pod({ volumes: [{ name, emptyDir: { sizeLimit: null } }] })).toContain(
        'sizeLimit: must be a size',
      )
  })

  it('asks all that of containers that are added, too', () => {
    const bare = { name: 'sidecar', image: 'x' }
    const [runner] = podOf(renderWorkspace(exampleInput()))['containers'] as Loose[]
    const { resources, securityContext } = runner as Loose
    for (const list of ['containers', 'initContainers']) {
      expect(pod({ [list]: [bare] })).toContain('securityContext: is missing')
      expect(pod({ [list]: [{ ...bare, securityContext }] })).toContain('resources: is missing')
      expect(pod({ [list]: [{ ...bare, resources, securityContext }] })).toBe('taken')
      const privileged = { ...(securityContext as Loose), privileged: true }
      expect(pod({ [list]: [{ ...bare, resources, securityContext: privileged }] })).toContain('privileged')
    }
  })

  it.each([
    'container.apparmor.security.beta.kubernetes.io/runner',
    'seccomp.security.alpha.kubernetes.io/pod',
    'io.kubernetes.cri-o.userns-mode',
    'k8s.v1.cni.cncf.io/networks',
    'iam.amazonaws.com/role',
    'eks.amazonaws.com/role-arn',
    'azure.workload.identity/use',
    'sidecar.istio.io/inject',
  ])('refuses %s, which other programs act on', (key) => {
    const add = (where: string): string =>
      refusal('Deployment', { spec: { template: { metadata: { [where]: { [key]: 'x' } } } } })
    expect(add('annotations')).toContain('may not be set: other programs act on it')
    expect(add('labels')).toContain('may not be set: other programs act on it')
  })

  it('takes users of the node where the cluster knows no others', () => {
    const { spec } = renderWorkspace(exampleInput({ hostUsers: true })).find(isDeployment) ?? {}
    expect(spec).not.toHaveProperty('template.spec.hostUsers')
  })
})

describe('the floor of a Deployment', () => {
  it.each<[string, Loose, string]>([
    ['more pods', { replicas: 2 }, 'replicas: must be 1'],
    ['two pods at a time', { strategy: { type: 'RollingUpdate' } }, 'strategy: must be'],
    ['other pods', { selector: { matchLabels: { a: 'b' } } }, 'selector: must be'],
    ['a pause', { paused: true }, 'paused may not be set'],
  ])('refuses %s', (_what, spec, said) => {
    expect(refusal('Deployment', { spec })).toContain(said)
  })
})

const peer = (namespace: string, labels: Loose): Loose => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: labels },
})
const PLATFORM = peer('codenest', { 'app.kubernetes.io/name': 'codenest-platform' })
const RUNNER = [{ port: 7070, protocol: 'TCP' }]
const DNS = [{ port: 53, protocol: 'UDP' }]

describe('the floor of the network', () => {
  it.each<[string, Loose, string]>([
    ['other pods than its own', { podSelector: { matchLabels: { a: 'b' } } }, 'podSelector: must be'],
    ['open egress', { policyTypes: ['Ingress'] }, 'policyTypes: must be'],
    ['open ingress', { policyTypes: ['Egress'] }, 'policyTypes: must be'],
    ['ingress from everybody', { ingress: [{}] }, 'ingress.0.from: '],
    ['ingress from an empty list', { ingress: [{ from: [], ports: RUNNER }] }, 'must name the gateway'],
    [
      'ingress from others',
      { ingress: [{ from: [peer('x', { a: 'b' })], ports: RUNNER }] },
      'must be the gateway',
    ],
    [
      'ingress from a network',
      { ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] },
      'must be the gateway',
    ],
    ['ingress on all ports', { ingress: [{ from: [PLATFORM] }] }, 'ingress.0.ports: must be'],
    ['egress to everybody', { egress: [{}] }, 'egress.0.to: '],
    ['egress to an empty list', { egress: [{ to: [] }] }, 'must name somebody'],
    [
      'egress to all addresses',
      { egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] },
      'opens 0.0.0.0/8, 10.',
    ],
    ['egress to all of IPv6', { egress: [{ to: [{ ipBlock: { cidr: '::/0' } }] }] }, 'opens ::/3'],
    [
      'the metadata endpoint',
      { egress: [{ to: [{ ipBlock: { cidr: '169.254.169.254/32' } }] }] },
      '169.254.0.0/16',
    ],
    ['it by IPv6', { egress: [{ to: [{ ipBlock: { cidr: 'fd00:ec2::254/128' } }] }] }, 'opens 8000::/1'],
    ['a private network', { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }, 'opens 10.0.0.0/8'],
    ['all pods', { egress: [{ to: [{ namespaceSelector: {} }], ports: DNS }] }, 'must be the platform'],
    ['other workspaces', { egress: [{ to: [{ podSelector: {} }], ports: DNS }] }, 'must be the platform'],
    [
      'other workspaces on port 53',
      { egress: [{ to: [peer('codenest-workspaces', { a: 'b' })], ports: DNS }] },
      'must be the platform',
    ],
    ['a service of the cluster', { egress: [{ to: [peer('db', { a: 'b' })] }] }, 'must be the platform'],
    ['all ports of the platform', { egress: [{ to: [PLATFORM] }] }, 'must be the platform on port 4001'],
    [
      'a range of ports from 53 on',
      { egress: [{ to: [peer('dns', { a: 'b' })], ports: [{ port: 53, endPort: 6443 }] }] },
      'must be the platform',
    ],
  ])('refuses %s', (_what, spec, said) => {
    expect(policy(spec)).toContain(said)
  })

  it('takes a resolver elsewhere, and fewer ways out', () => {
    expect(policy({ egress: [{ to: [peer('dns', { app: 'unbound' })], ports: DNS }] })).toBe('taken')
    expect(
      policy({ egress: [{ to: [{ ipBlock: { cidr: '140.82.112.0/20' } }], ports: [{ port: 443 }] }] }),
    ).toBe('taken')
    expect(policy({ egress: null })).toBe('taken')
  })

  it.each<[string, Loose, string]>([
    ['a port of the node', { type: 'NodePort' }, 'type: must be "ClusterIP"'],
    ['an address of the cloud', { type: 'LoadBalancer' }, 'type: must be "ClusterIP"'],
    ['another name', { type: 'ExternalName', externalName: 'x' }, 'type: must be "ClusterIP"'],
    ['other addresses', { externalIPs: ['1.1.1.1'] }, 'externalIPs may not be set'],
    ['other pods', { selector: { 'codenest.dev/workspace': 'other' } }, 'selector: must be'],
    ['another port', { ports: [{ port: 7070, targetPort: 22 }] }, 'targetPort: must be "runner"'],
  ])('refuses a Service with %s', (_what, spec, said) => {
    expect(refusal('Service', { spec })).toContain(said)
  })

  it.each<[string, Loose, string]>([
    ['another host', { rules: [{ host: 'codenest.example.com' }] }, 'host: must be "brave-otter.codenest'],
    ['any host', { rules: [{ http: { paths: [] } }] }, 'host: must be'],
    ['everything else', { defaultBackend: { service: { name: 'x' } } }, 'defaultBackend may not be set'],
    [
      'another service',
      {
        rules: [
          {
            host: 'brave-otter.codenest.example.com',
            http: { paths: [{ backend: { service: { name: 'ws-x', port: { name: 'runner' } } } }] },
          },
        ],
      },
      'service.name: must be "ws-brave-otter"',
    ],
  ])('refuses an Ingress for %s', (_what, spec, said) => {
    expect(refusal('Ingress', { spec }, { routing: INGRESS })).toContain(said)
  })

  it.each<[string, Loose, string]>([
    ['another host', { hostnames: ['codenest.example.com'] }, 'hostnames: must be'],
    ['any host', { hostnames: null }, 'hostnames: must be'],
    ['another service', { rules: [{ backendRefs: [{ name: 'x', port: 7070 }] }] }, 'name: must be'],
    [
      'another namespace',
      { rules: [{ backendRefs: [{ name: 'ws-brave-otter', namespace: 'x', port: 7070 }] }] },
      'namespace may not be set',
    ],
    [
      'a copy of the requests',
      { rules: [{ filters: [], backendRefs: [{ name: 'ws-brave-otter', port: 7070 }] }] },
      'filters may not be set',
    ],
  ])('refuses an HTTPRoute for %s', (_what, spec, said) => {
    expect(refusal('HTTPRoute', { spec }, { routing: HTTP_ROUTE })).toContain(said)
  })
})

describe('floorReasons', () => {
  it('has nothing against what is rendered', () => {
    for (const input of Object.values(EXAMPLES))
      expect(floorReasons(ManifestInput.parse(input), renderWorkspace(input))).toEqual([])
  })

  it('has something against each object with nothing in it', () => {
    for (const input of Object.values(EXAMPLES))
      for (const manifest of renderWorkspace(input))
        expect(floorReasons(ManifestInput.parse(input), [{ ...manifest, spec: {} }])).not.toEqual([])
  })
})

function isDeployment({ kind }: Manifest): boolean {
  return kind === 'Deployment'
}

function podOf(manifests: readonly Manifest[]): Loose {
  const { template } = (manifests.find(isDeployment) as Manifest).spec as { template: { spec: Loose } }
  return template.spec
}
