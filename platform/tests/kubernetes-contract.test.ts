import { afterAll, beforeAll } from 'vitest'
import { describeCluster } from './support/kubernetes/contract.ts'
import { startKubernetes } from './support/kubernetes/kubernetes.ts'
import type { Kubernetes } from './support/kubernetes/kubernetes.ts'
import { openTestCluster } from './support/kubernetes/open-test-cluster.ts'

let kubernetes: Kubernetes
beforeAll(async () => {
  kubernetes = await startKubernetes({ retryAfter: 20 })
})
afterAll(() => kubernetes[Symbol.asyncDispose]())

describeCluster('the double', () => openTestCluster(kubernetes.kubeconfig))

const real = process.env['KUBECONFIG'] ?? ''
if (real !== '') describeCluster('a real API server', () => openTestCluster(real))
