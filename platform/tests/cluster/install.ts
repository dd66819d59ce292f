import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { signIn } from '../support/platform.ts'
import type { Owner } from '../support/platform.ts'
import { freePort } from '../support/free-port.ts'
import { stockGit, temporaryFolder } from '../support/shell.ts'
import type { ClusterEnvironment } from './environment.ts'

const run = promisify(execFile)
const MANIFESTS = fileURLToPath(new URL('../../../manifests/platform', import.meta.url))

export interface Installation extends AsyncDisposable {
  owner: Owner
  kubectl(...args: string[]): Promise<string>
  /** A way through the API server leads to one pod, and ends with it. */
  reconnect(): Promise<void>
  /** By pod of the platform, from within: one service address would hide which of them answered. */
  metrics(): Promise<string[]>
  /** Puts a file into the fleet repository, as an operator does with stock git; null removes it. */
  declare(path: string, text: string | null): Promise<void>
}

/**
 * Installs the platform as its documentation says, and signs in: two pods over a bucket, or where there is none, one
 * with its repositories in an emptyDir.
 */
export async function install(environment: ClusterEnvironment): Promise<Installation> {
  await using stack = new AsyncDisposableStack()
  const { kubeconfig, ingress, domain, s3 } = environment
  const kubectl = async (...args: string[]): Promise<string> =>
    (await run('kubectl', ['--kubeconfig', kubeconfig, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout
  const folder = stack.use(await temporaryFolder())
  const port = ingress ? null : await freePort()
  const [address = '', ingressPort = '80'] = ingress?.address.split(':') ?? []
  const at = port ?? Number(ingressPort)
  const origin = `http://${domain}${at === 80 ? '' : `:${at}`}`
  await writeFile(join(folder.path, 'kustomization.yaml'), kustomization(folder.path, origin, environment))
  stack.defer(() => uninstall(kubectl))
  if (s3) await createBucketSecret(kubectl, s3)
  await kubectl('apply', '--server-side', '-k', folder.path)
  await untilReady(kubectl)
  let way = port === null ? null : await forward(kubeconfig, port)
  stack.defer(() => way?.[Symbol.asyncDispose]())
  const link = await launchLink(kubectl)
  const owner = await signIn(
    new URL(link.pathname + link.search, origin).href,
    `http://${address || '127.0.0.1'}:${at}`,
  )
  const cleanup = stack.move()
  return {
    owner,
    kubectl,
    async reconnect() {
      await way?.[Symbol.asyncDispose]()
      way = port === null ? null : await forward(kubeconfig, port)
    },
    metrics: () => readMetrics(kubectl),
    declare: (path, text) => declare(owner, path, text),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** Throws what the platform said when it does not start. */
async function untilReady(kubectl: Installation['kubectl']): Promise<void> {
  try {
    await kubectl('-n', 'codenest', 'rollout', 'status', 'deployment/platform', '--timeout=180s')
  } catch (error) {
    const pods = ['-l', 'app.kubernetes.io/name=codenest-platform']
    const said = await kubectl('-n', 'codenest', 'logs', ...pods, '--tail=20', '--prefix').catch(String)
    throw new Error(`The platform did not start. Its pods said:\n${said}`, { cause: error })
  }
}

/** What an operator would edit, and a store that is as durable as its pod. */
function kustomization(folder: string, origin: string, environment: ClusterEnvironment): string {
  const { platformImage, runnerImage, domain, ingress, routing, s3 } = environment
  const [platformName, platformTag] = splitImage(platformImage)
  const literals = [
    `CODENEST_DOMAIN=${domain}`,
    `CODENEST_PUBLIC_ORIGIN=${origin}`,
    ...(s3
      ? [`CODENEST_S3_BUCKET=${s3.bucket}`, `CODENEST_S3_ENDPOINT=${s3.endpoint}`]
      : ['CODENEST_STORE=disk', 'CODENEST_S3_BUCKET=']),
    `CODENEST_S3_PREFIX=${s3 ? `test-${Date.now()}/` : ''}`,
    `CODENEST_ROUTING=${routing}`,
    `CODENEST_RUNNER_IMAGES=${JSON.stringify({ default: runnerImage })}`,
    ...(ingress ? [`CODENEST_INGRESS_CLASS=${ingress.className}`] : []),
  ]
  const remove = (apiVersion: string, kind: string, name: string): object => ({
    patch: JSON.stringify({ apiVersion, kind, metadata: { name, namespace: 'codenest' }, $patch: 'delete' }),
  })
  return JSON.stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, MANIFESTS)],
    configMapGenerator: [{ name: 'settings', namespace: 'codenest', behavior: 'merge', literals }],
    images: [{ name: 'codenest/platform', newName: platformName, newTag: platformTag }],
    patches: [
      {
        target: { kind: 'Deployment', name: 'platform' },
        patch: JSON.stringify([
          { op: 'add', path: '/spec/replicas', value: s3 ? 2 : 1 },
          ...(s3 ? [] : [{ op: 'replace', path: '/spec/strategy', value: { type: 'Recreate' } }]),
          { op: 'replace', path: '/spec/template/spec/containers/0/resources', value: SMALL },
        ]),
      },
      remove('autoscaling/v2', 'HorizontalPodAutoscaler', 'platform'),
      remove('policy/v1', 'PodDisruptionBudget', 'platform'),
      {
        patch: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          metadata: { name: 'pre-pull', namespace: 'codenest' },
          $patch: 'delete',
        }),
      },
      ...(ingress
        ? [plainHttp(domain, ingress.className)]
        : [remove('networking.k8s.io/v1', 'Ingress', 'platform')]),
    ],
  })
}

const SMALL = {
  requests: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '1Gi' },
  limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '4Gi' },
}
/** What the edited file says of hosts and class has been put into the Ingress before this changes it; there is no certificate. */
function plainHttp(domain: string, className: string): object {
  return {
    target: { kind: 'Ingress', name: 'platform' },
    patch: JSON.stringify([
      { op: 'remove', path: '/spec/tls' },
      { op: 'replace', path: '/spec/ingressClassName', value: className },
      { op: 'replace', path: '/spec/rules/0/host', value: domain },
      { op: 'replace', path: '/spec/rules/1/host', value: `*.${domain}` },
    ]),
  }
}

function splitImage(image: string): [name: string, tag: string] {
  const at = image.lastIndexOf(':')
  return at > image.lastIndexOf('/') ? [image.slice(0, at), image.slice(at + 1)] : [image, 'latest']
}

/** The keys are in no list of processes. */
async function createBucketSecret(
  kubectl: Installation['kubectl'],
  { accessKeyId, secretAccessKey }: NonNullable<ClusterEnvironment['s3']>,
): Promise<void> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'secret.json')
  const metadata = { name: 'bucket-credentials', namespace: 'codenest' }
  const stringData = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'codenest' } }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData }
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, secret] }))
  await kubectl('apply', '--server-side', '-f', file)
}

async function readMetrics(kubectl: Installation['kubectl']): Promise<string[]> {
  const names = await kubectl('-n', 'codenest', 'get', 'pods', ...PLATFORM, '-o', 'name')
  const read = `fetch('http://127.0.0.1:4000/metrics').then((a) => a.text()).then((t) => process.stdout.write(t))`
  const pods = names.trim().split('\n')
  return Promise.all(pods.map((pod) => kubectl('-n', 'codenest', 'exec', pod, '--', 'node', '-e', read)))
}
const PLATFORM = ['-l', 'app.kubernetes.io/name=codenest-platform']

async function declare(owner: Owner, path: string, text: string | null): Promise<void> {
  await using folder = await temporaryFolder()
  const host = `http.extraHeader=Host: ${new URL(owner.origin).host}`
  const git = (...args: string[]): Promise<string> => stockGit(folder.path, '-c', host, ...args)
  await git('clone', '-q', await owner.gitUrl('fleet'), '.')
  if (text === null) await rm(join(folder.path, path), { force: true })
  else await writeFile(join(folder.path, path), text)
  await git('add', '-A')
  await git('-c', 'user.name=o', '-c', 'user.email=o@example.com', 'commit', '-q', '-m', path)
  await git('push', '-q')
}

async function launchLink(kubectl: Installation['kubectl']): Promise<URL> {
  const admin = ['node', 'platform/src/admin.ts', 'launch-link']
  const said = await kubectl('-n', 'codenest', 'exec', 'deployment/platform', '--', ...admin)
  return new URL(/http\S+\/launch\?token=\S+/.exec(said)?.[0] ?? said)
}

/** A port of this machine that leads to the platform's, by way of the API server. */
async function forward(kubeconfig: string, port: number): Promise<AsyncDisposable> {
  const args = [
    '--kubeconfig',
    kubeconfig,
    '-n',
    'codenest',
    'port-forward',
    'service/platform',
    `${port}:4000`,
  ]
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) if (line.startsWith('Forwarding')) break
  child.stdout.resume()
  return {
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
    },
  }
}

async function uninstall(kubectl: Installation['kubectl']): Promise<void> {
  await kubectl(
    'delete',
    'namespace',
    'codenest',
    'codenest-workspaces',
    '--ignore-not-found',
    '--timeout=180s',
  )
}
