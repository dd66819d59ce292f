import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { exampleInput } from '../../src/engines/kubernetes/manifests/example-input.ts'
import { renderWorkspace } from '../../src/engines/kubernetes/manifests/manifests.ts'
import { hasKubectl } from '../support/found.ts'
import { schemaProblems, VERSIONS } from './schema.ts'

const run = promisify(execFile)
const MANIFESTS = fileURLToPath(new URL('../../../manifests', import.meta.url))
const SENSITIVE = /secrets|exec|attach|portforward|serviceaccounts|role/
/** Read by programs that are not Kubernetes. */
const FOREIGN = ['kustomize.config.k8s.io', 'eksctl.io']

interface KubeObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  spec?: Record<string, unknown>
  rules?: { resources: string[]; verbs: string[]; resourceNames?: string[] }[]
  data?: Record<string, string>
}
interface Kustomization {
  resources?: string[]
  components?: string[]
  replacements?: { path: string }[]
  configMapGenerator?: { files?: string[] }[]
}

async function yamlFiles(): Promise<string[]> {
  const entries = await readdir(MANIFESTS, { recursive: true })
  return entries.filter((name) => name.endsWith('.yaml')).map((name) => join(MANIFESTS, name))
}

/** As programs of Kubernetes read it. */
function readYaml(text: string): unknown[] {
  return parseAllDocuments(text, { version: '1.1', merge: true, uniqueKeys: true }).map(
    (document): unknown => {
      expect(document.errors).toEqual([])
      return document.toJS()
    },
  )
}

async function objectsOf(file: string): Promise<KubeObject[]> {
  const documents = readYaml(await readFile(file, 'utf8')) as KubeObject[]
  return documents.filter(
    ({ apiVersion, metadata }) =>
      apiVersion !== undefined &&
      metadata !== undefined &&
      !FOREIGN.some((group) => apiVersion.startsWith(group)),
  )
}

describe('the files of the install', () => {
  it('are YAML, and those that are objects are known to all versions of Kubernetes', async () => {
    const problems = VERSIONS.map(schemaProblems)
    let objects = 0
    for (const file of await yamlFiles())
      for (const object of await objectsOf(file)) {
        objects += 1
        for (const version of problems)
          expect({ file, problems: version(object) }).toEqual({ file, problems: [] })
      }
    expect(objects).toBeGreaterThan(25)
  })

  it('are there when a kustomization lists them', async () => {
    const files = (await yamlFiles()).filter((file) => file.endsWith('/kustomization.yaml'))
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      const [content] = readYaml(await readFile(file, 'utf8')) as Kustomization[]
      const { resources = [], components = [], replacements = [], configMapGenerator = [] } = content ?? {}
      const listed = [
        ...resources,
        ...components,
        ...replacements.map(({ path }) => path),
        ...configMapGenerator.flatMap(({ files: names }) => names ?? []),
      ]
      for (const name of listed)
        expect(`${name} ${existsSync(join(dirname(file), name))}`).toBe(`${name} true`)
    }
  })

  it('have an override for EKS that workspaces take', async () => {
    const text = await readFile(join(MANIFESTS, 'examples/eks/overrides-all.yaml'), 'utf8')
    const manifests = renderWorkspace(exampleInput({ overrides: [{ path: 'overrides/all.yaml', text }] }))
    expect(manifests.find(({ kind }) => kind === 'Deployment')).toHaveProperty(
      'spec.template.spec.nodeSelector',
      { 'codenest.dev/nodes': 'workspaces' },
    )
  })
})

describe.skipIf(!(await hasKubectl()))('what is applied by kubectl', () => {
  let copy = ''
  const problems = VERSIONS.map(schemaProblems)

  const build = async (folder: string): Promise<KubeObject[]> => {
    const { stdout } = await run('kubectl', ['kustomize', join(copy, folder)])
    return readYaml(stdout) as KubeObject[]
  }

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'manifests-'))
    await cp(MANIFESTS, copy, { recursive: true })
    const file = join(copy, 'platform/kustomization.yaml')
    const text = await readFile(file, 'utf8')
    const edited = text
      .replaceAll('codenest.example.com', 'ide.example.org')
      .replace('CODENEST_INGRESS_CLASS=haproxy', 'CODENEST_INGRESS_CLASS=traefik')
      .replace('  # - components/head-room', '  - components/head-room\n  - components/http-route')
    await writeFile(file, edited)
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  it.each(['platform', 'examples/plain', 'examples/cert-manager'])(
    'by %s is known to all versions of Kubernetes',
    async (folder) => {
      for (const object of await build(folder))
        for (const version of problems) expect(version(object)).toEqual([])
    },
  )

  it('has the domain and the class of the one file wherever they belong', async () => {
    const objects = await build('platform')
    const find = (kind: string): KubeObject | undefined => objects.find((object) => object.kind === kind)
    const hosts = ['ide.example.org', '*.ide.example.org']
    expect(find('Ingress')?.spec).toMatchObject({
      ingressClassName: 'traefik',
      rules: hosts.map((host) => ({ host })),
      tls: [{ hosts }],
    })
    expect(find('HTTPRoute')?.spec).toMatchObject({ hostnames: hosts })
    expect(JSON.stringify(objects)).not.toContain('codenest.example.com')
  })

  it('runs no pod that Pod Security "restricted" would refuse', async () => {
    const pods = [...(await build('platform')), ...(await build('examples/plain'))].flatMap(({ spec }) => {
      const { template } = (spec ?? {}) as { template?: { spec: Pod } }
      return template ? [template.spec] : []
    })
    expect(pods.length).toBeGreaterThanOrEqual(7)
    for (const pod of pods) expectRestricted(pod)
  })

  it('gives the platform no Secret, no other namespace and no word with a star', async () => {
    const objects = await build('platform')
    expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([])
    const roles = objects.filter(({ kind }) => kind === 'Role')
    expect(roles.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual([
      'codenest-workspaces/platform',
      'codenest/create-keys',
      'codenest/platform',
    ])
    for (const { metadata, rules = [] } of roles)
      for (const { resources, verbs } of rules) {
        expect([...resources, ...verbs]).not.toContain('*')
        // The account that makes the key can make Secrets, and read none.
        const isMaker = metadata.name === 'create-keys' && verbs.join() === 'create'
        const reached = resources.filter((name) => SENSITIVE.test(name) && !isMaker)
        expect(reached).toEqual([])
      }
  })

  it('closes both namespaces', async () => {
    const objects = await build('platform')
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace')
    expect(namespaces.map(({ metadata }) => metadata.name)).toEqual(['codenest', 'codenest-workspaces'])
    for (const { metadata } of namespaces)
      expect(metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' })
    const denied = objects.find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === 'codenest-workspaces',
    )
    expect(denied?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
  })
})

interface Pod {
  containers: PodContainer[]
  initContainers?: PodContainer[]
  securityContext?: object
  volumes?: object[]
}
interface PodContainer {
  securityContext?: object
  resources?: object
  ports?: object[]
}

function expectRestricted(pod: Pod): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(field)
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 10001,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    for (const part of ['requests', 'limits'])
      for (const name of ['cpu', 'memory', 'ephemeral-storage'])
        expect(container.resources).toHaveProperty([part, name])
    for (const port of container.ports ?? []) expect(port).not.toHaveProperty('hostPort')
  }
  const kinds = (pod.volumes ?? []).flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'))
  for (const kind of kinds)
    expect(['emptyDir', 'configMap', 'secret', 'persistentVolumeClaim']).toContain(kind)
}
