import { describe, expect, it } from 'vitest'
import { diagnose } from './diagnose.ts'
import { toPodView } from './pod-view.ts'
import type { PodView } from './pod-view.ts'

/** As an API server tells a pod. */
function pod(status: object): PodView {
  return toPodView({
    metadata: { name: 'ws-a-1', uid: 'u', labels: { 'codenest.dev/workspace': 'a' } },
    status,
  })
}
const container = (state: object, lastState: object = {}): object => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'runner', restartCount: 1, state, lastState }],
})

describe('diagnose', () => {
  it.each([
    [
      'an image that is not there',
      pod(container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } })),
      /image of the workspace cannot be had \(ImagePullBackOff\): Back-off pulling image "x"\./,
      true,
    ],
    [
      'the first attempt at an image',
      pod(container({ waiting: { reason: 'ErrImagePull', message: 'timeout' } })),
      /image of the workspace cannot be had/,
      false,
    ],
    [
      'a container that cannot be made',
      pod(
        container({ waiting: { reason: 'CreateContainerConfigError', message: 'configmap "ca" not found' } }),
      ),
      /cannot start the workspace \(CreateContainerConfigError\): configmap "ca" not found\./,
      true,
    ],
    [
      'no room',
      pod({
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient cpu.',
          },
        ],
      }),
      /No machine of the cluster has room for this workspace: 0\/3 nodes are available: 3 Insufficient cpu\. It starts as soon/,
      false,
    ],
    [
      'an eviction',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }),
      /evicted the workspace: The node was low on resource: memory\. It starts again/,
      false,
    ],
    [
      'memory that ran out',
      pod(
        container(
          { waiting: { reason: 'CrashLoopBackOff' } },
          { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        ),
      ),
      /used more memory than it may and was ended/,
      false,
    ],
    [
      'a runner that crashed',
      pod(container({ terminated: { exitCode: 1, reason: 'Error' } })),
      /runner ended unexpectedly \(Error 1\)/,
      false,
    ],
  ])('says of %s what happened and what helps', (_, view, text, isFinal) => {
    expect(diagnose(view, [])).toEqual({ text: expect.stringMatching(text) as string, isFinal })
  })

  it('says why there is no pod', () => {
    const quota =
      'Error creating: pods "ws-a-1" is forbidden: exceeded quota: workspaces, requested: pods=1, used: pods=5, limited: pods=5'
    expect(diagnose(null, [{ reason: 'FailedCreate', message: quota }])).toEqual({
      text: expect.stringMatching(/use all that they may: exceeded quota: workspaces, requested/) as string,
      isFinal: true,
    })
    const policy = 'Error creating: pods "ws-a-1" is forbidden: violates PodSecurity "restricted:latest"'
    expect(diagnose(null, [{ reason: 'FailedCreate', message: policy }])?.text).toMatch(
      /refuses the workspace/,
    )
    expect(diagnose(null, [])).toBe(null)
  })

  it('says nothing while everything goes its way', () => {
    expect(diagnose(pod({ phase: 'Pending' }), [])).toBe(null)
    expect(diagnose(pod(container({ waiting: { reason: 'ContainerCreating' } })), [])).toBe(null)
    expect(diagnose(pod(container({ running: {} })), [])).toBe(null)
    // It runs again after a crash: that is over.
    expect(diagnose(pod(container({ running: {} }, { terminated: { exitCode: 1 } })), [])).toBe(null)
  })

  it('keeps what the cluster says to a sentence', () => {
    const message = `${'x'.repeat(1_000)}\nand more`
    const view = pod(container({ waiting: { reason: 'ImagePullBackOff', message } }))
    expect(diagnose(view, [])?.text.length).toBeLessThan(500)
  })
})
