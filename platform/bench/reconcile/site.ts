import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import type { RunnerSpec } from '../../src/engines/engine.ts'
import { freePort } from '../../tests/support/free-port.ts'
import { startKubernetes } from '../../tests/support/kubernetes/kubernetes.ts'
import type { Kubernetes } from '../../tests/support/kubernetes/kubernetes.ts'
import { StandInRunners } from '../support/stand-in-runners.ts'
import { startBenchPlatform } from './platform-process.ts'
import type { BenchPlatform } from './platform-process.ts'
import { seedFleet } from './seed.ts'

/** A fleet in a store, a cluster in this process, and a platform between them, which may be started again. */
export interface Site extends AsyncDisposable {
  kubernetes: Kubernetes
  dataDir: string
  start(): Promise<BenchPlatform>
}

export interface SiteOptions {
  /** Declared workspaces. */
  count: number
  /** Of these, the signed-in owner's. */
  own: number
  lastSave?: (spec: RunnerSpec) => Promise<void>
}

export async function openSite(folder: string, { count, own, lastSave }: SiteOptions): Promise<Site> {
  const dataDir = join(folder, `fleet-${count}-${own}`)
  await mkdir(dataDir)
  await seedFleet(dataDir, count, own)
  const kubernetes = await startKubernetes({
    pods: new StandInRunners(lastSave),
    namespaces: {
      codenest: {},
      'codenest-workspaces': { 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  })
  const [port, internalPort] = [await freePort(), await freePort()]
  return {
    kubernetes,
    dataDir,
    start: () =>
      startBenchPlatform({
        dataDir,
        env: {
          CODENEST_ENGINE: 'kubernetes',
          CODENEST_KUBECONFIG: kubernetes.kubeconfig,
          CODENEST_PORT: String(port),
          CODENEST_INTERNAL_PORT: String(internalPort),
          CODENEST_INTERNAL_URL: `http://127.0.0.1:${internalPort}`,
          CODENEST_RUNNER_IMAGES: '{"default":"codenest/runner:bench"}',
        },
      }),
    [Symbol.asyncDispose]: () => kubernetes[Symbol.asyncDispose](),
  }
}
