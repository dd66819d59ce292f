import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRunnerCluster } from './support/kubernetes/platform-on-kubernetes.ts'
import type { RunnerCluster } from './support/kubernetes/platform-on-kubernetes.ts'
import type { TestPlatform } from './support/platform.ts'
import { ScriptedPods } from './support/kubernetes/scripted-pods.ts'

const pods = new ScriptedPods()
let cluster: RunnerCluster
let platform: TestPlatform

beforeAll(async () => {
  cluster = await startRunnerCluster({ pods })
  platform = await cluster.start()
})

afterAll(async () => {
  await platform?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

async function create(): Promise<string> {
  const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
  return body['id'] as string
}

const look = async (id: string): Promise<string> => {
  const { state, reason } = await platform.workspace(id)
  return `${state}: ${reason?.message}`
}

describe('what keeps a workspace from starting is said', () => {
  it('while it waits for a machine with room', async () => {
    pods.script(() => ({ kind: 'unschedulable' }))
    const id = await create()
    await expect
      .poll(() => look(id))
      .toMatch(/^starting: No machine of the cluster has room .* Insufficient memory/)
    // To be rid of it is always possible.
    await platform.api('DELETE', `/workspaces/${id}`)
    await expect.poll(async () => (await platform.api('GET', `/workspaces/${id}`)).status).toBe(404)
  })

  it('when its image cannot be had', async () => {
    pods.script(() => ({ kind: 'image' }))
    const id = await create()
    await expect
      .poll(() => look(id))
      .toMatch(/^failed: The image of the workspace cannot be had \(ImagePullBackOff\)/)
    await platform.api('POST', `/workspaces/${id}/stop`)
    await expect.poll(() => look(id)).toMatch(/^stopped/)
  })

  it('when it was evicted, and when it used too much memory', async () => {
    pods.script(() => ({ kind: 'evicted' }))
    const evicted = await create()
    await expect
      .poll(() => look(evicted))
      .toMatch(/^starting: The cluster evicted the workspace: .*It starts again/)
    pods.script(() => ({ kind: 'oom' }))
    const hungry = await create()
    await expect.poll(() => look(hungry)).toMatch(/used more memory than it may and was ended/)
  })
})
