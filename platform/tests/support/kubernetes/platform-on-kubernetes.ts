import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.ts'
import { startPlatform } from '../platform.ts'
import type { StartOptions, TestPlatform } from '../platform.ts'
import { temporaryFolder } from '../shell.ts'
import { startKubernetes } from './kubernetes.ts'
import type { Kubernetes, KubernetesOptions } from './kubernetes.ts'
import { PodProcesses } from './pod-processes.ts'

const RUNNER = fileURLToPath(new URL('../../../../runner/dist/main.cjs', import.meta.url))
export const WORKSPACES = 'codenest-workspaces'

/** A cluster whose pods are real runners, as processes of this machine. */
export interface RunnerCluster extends AsyncDisposable {
  kubernetes: Kubernetes
  /** Starts a platform on it, or the next one after another was stopped. */
  start(options?: Pick<StartOptions, 'dataDir' | 'env' | 'overrides'>): Promise<TestPlatform>
}

export async function startRunnerCluster(options: KubernetesOptions = {}): Promise<RunnerCluster> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const pods = new PodProcesses({
    folder: folder.path,
    command: () => ({ file: process.execPath, args: [RUNNER, '--wait'] }),
    probeEvery: 200,
    ...(process.env['CODENEST_LOG_LEVEL'] && { output: (_, line) => void process.stderr.write(`${line}\n`) }),
  })
  const namespaces = {
    codenest: {},
    [WORKSPACES]: { 'pod-security.kubernetes.io/enforce': 'restricted' },
  }
  const kubernetes = stack.use(await startKubernetes({ pods, namespaces, ...options }))
  // Runners know the page's origin, and outlive a platform.
  const [port, internalPort] = [await freePort(), await freePort()]
  const cleanup = stack.move()
  return {
    kubernetes,
    start: ({ dataDir, env, overrides } = {}) =>
      startPlatform({
        ...(dataDir !== undefined && { dataDir }),
        ...(overrides && { overrides }),
        env: {
          CODENEST_ENGINE: 'kubernetes',
          CODENEST_KUBECONFIG: kubernetes.kubeconfig,
          CODENEST_PORT: String(port),
          CODENEST_INTERNAL_PORT: String(internalPort),
          CODENEST_INTERNAL_URL: `http://127.0.0.1:${internalPort}`,
          CODENEST_RUNNER_IMAGES: '{"default":"codenest/runner:test"}',
          ...env,
        },
      }),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}
