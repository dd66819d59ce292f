import { describe, expect, it } from 'vitest'
import { parsePool } from './pool.ts'

const pool = (spec: string): string => `apiVersion: codenest.dev/v1\nkind: Pool\nspec: ${spec}\n`
const GIB = 2 ** 30

describe('parsePool', () => {
  it('reads sizes, without those that are zero, and resources', () => {
    expect(parsePool(pool('{ stacks: { node: 2, python: 0 }, resources: { memory: 4Gi } }'))).toEqual({
      sizes: new Map([['node', 2]]),
      resources: { cpu: 2, memory: 4 * GIB, storage: 10 * GIB },
    })
  })

  it.each([
    ['a: [', /^pool.yaml: .*line 1/],
    [pool('{ stacks: { node: many } }'), /^pool.yaml: spec.stacks.node: /],
    [pool('{ stacks: { node: 101 } }'), /spec.stacks.node: .*100/],
    [pool('{ stacks: { node: -1 } }'), /spec.stacks.node: /],
    [pool('{ stacks: { Node_: 1 } }'), /spec.stacks.Node_: /],
    [pool('{ stacks: { node: 1 }, resources: { memory: lots } }'), /spec.resources.memory: must be a size/],
    [pool('{ stacks: { node: 1 }, size: 2 }'), /size/],
    [pool('{ stacks: { node: 1 } }').replace('Pool', 'Workspace'), /kind/],
    ['', /pool.yaml: /],
  ])('refuses %j', (text, reason) => {
    expect(() => parsePool(text)).toThrow(reason)
  })
})
