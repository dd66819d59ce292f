import { describe, expect, it } from 'vitest'
import { exampleInput } from './example-input.ts'
import { renderWorkspace } from './manifests.ts'
import type { JsonObject } from './types.ts'

const HEAD = 'apiVersion: apps/v1\nkind: Deployment\n'

function rendered(text: string, path = 'overrides/brave-otter.yaml'): JsonObject {
  const manifests = renderWorkspace(exampleInput({ overrides: [{ path, text }] }))
  return manifests.find(({ kind }) => kind === 'Deployment') as unknown as JsonObject
}

function refusal(text: string, path?: string): string {
  try {
    rendered(text, path)
  } catch (error) {
    return (error as Error).message
  }
  return 'taken'
}

const inRunner = (fields: string): string =>
  `${HEAD}spec: { template: { spec: { containers: [{ name: runner, ${fields} }] } } }`
const runnerOf = (object: JsonObject): Record<string, { name: string }[]> =>
  (object as never as { spec: { template: { spec: { containers: [never] } } } }).spec.template.spec
    .containers[0]

describe('overrides', () => {
  it('merge maps, and delete what is null', () => {
    const { spec } = rendered(`${HEAD}spec: { revisionHistoryLimit: null, progressDeadlineSeconds: 300 }`)
    expect(spec).toMatchObject({ progressDeadlineSeconds: 300, replicas: 1 })
    expect(spec).not.toHaveProperty('revisionHistoryLimit')
  })

  it('merge lists of objects by the keys of Kubernetes', () => {
    const runner = runnerOf(
      rendered(inRunner('env: [{ name: A, value: "1" }], ports: [{ containerPort: 7070, name: runner }]')),
    )
    expect(runner['env']?.map(({ name }) => name)).toEqual([
      'CODENEST_LISTEN',
      'CODENEST_POD_UID',
      'CODENEST_PUBLIC_KEY',
      'CODENEST_ROOT',
      'CODENEST_STOP_SECONDS',
      'A',
    ])
    expect(runner['ports']).toEqual([{ containerPort: 7070, name: 'runner', protocol: 'TCP' }])
  })

  it('replace other lists', () => {
    const text = `${HEAD}spec: { template: { spec: { tolerations: [{ key: a }] } } }\n---\n${HEAD}spec: { template: { spec: { tolerations: [{ key: b }] } } }`
    expect(rendered(text)).toMatchObject({ spec: { template: { spec: { tolerations: [{ key: 'b' }] } } } })
  })

  it('delete and replace by $patch', () => {
    const deleted = runnerOf(rendered(inRunner('volumeMounts: [{ mountPath: /tmp, $patch: delete }]')))
    expect(deleted['volumeMounts']).toEqual([{ mountPath: '/workspace', name: 'workspace' }])
    const replaced = runnerOf(
      rendered(inRunner('volumeMounts: [{ $patch: replace }, { mountPath: /workspace, name: workspace }]')),
    )
    expect(replaced['volumeMounts']).toEqual([{ mountPath: '/workspace', name: 'workspace' }])
    const map = rendered(`${HEAD}metadata: { annotations: { $patch: replace, a: b } }`)
    expect(map['metadata']).toMatchObject({ annotations: { a: 'b' } })
    expect(map['metadata']).not.toHaveProperty(['annotations', 'codenest.dev/owner'])
  })

  it('are for objects of their kind, and of their name if they have one', () => {
    const named = (name: string): string => `${HEAD}metadata: { name: ${name}, labels: { team: a } }`
    const labels = (path: string, name: string): unknown => rendered(named(name), path)['metadata']
    expect(labels('overrides/all.yaml', 'ws-brave-otter')).toMatchObject({ labels: { team: 'a' } })
    expect(labels('overrides/all.yaml', 'ws-other')).not.toHaveProperty('labels.team')
    expect(refusal(named('ws-other'))).toContain('its objects are called ws-brave-otter')
  })

  it('of all workspaces pass over kinds that this one lacks', () => {
    const text = 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { annotations: { a: b } }'
    expect(refusal(text, 'overrides/all.yaml')).toBe('taken')
    expect(refusal(text)).toContain('there is no Ingress')
  })

  it('may be empty', () => {
    expect(refusal('')).toBe('taken')
    expect(refusal('# nothing yet\n---\n')).toBe('taken')
  })

  it.each([
    ['a key twice', `${HEAD}spec: {}\nspec: {}`, 'must be unique'],
    ['an anchor that is used', `${HEAD}spec: { a: &x {}, b: *x }`, 'Alias resolution is disabled'],
    ['broken YAML', `${HEAD}spec: [`, 'cannot be applied'],
    ['a list', '- a', 'each document must be a map'],
    ['another kind', 'apiVersion: v1\nkind: Secret', 'kind must be one of'],
    ['a kind of the prototype', 'apiVersion: v1\nkind: constructor', 'kind must be one of'],
    ['another version', 'apiVersion: apps/v2\nkind: Deployment', 'apiVersion must be "apps/v1"'],
    ['a new kind', `${HEAD}metadata: { name: 1 }`, 'metadata.name must be a string'],
    ['an object deleted', `${HEAD}$patch: delete`, 'is not possible'],
    ['an unknown directive', `${HEAD}spec: { $patch: merge-ish }`, '$patch must be'],
    ['an order of elements', `${HEAD}spec: { $setElementOrder/x: [] }`, 'is not supported'],
    ['an item without its key', inRunner('env: [{ value: a }]'), 'each item needs "name"'],
    ['another namespace', `${HEAD}metadata: { namespace: default }`, 'must be "codenest-workspaces"'],
    ['an owner of the object', `${HEAD}metadata: { ownerReferences: [] }`, 'ownerReferences may not be set'],
    ['a finalizer', `${HEAD}metadata: { finalizers: [a/b] }`, 'finalizers may not be set'],
    [
      'another workspace',
      `${HEAD}metadata: { labels: { codenest.dev/workspace: x } }`,
      'must be "brave-otter"',
    ],
    [
      'a label taken away',
      `${HEAD}metadata: { labels: { app.kubernetes.io/name: null } }`,
      'must be "codenest-',
    ],
    ['a label of ours', `${HEAD}metadata: { labels: { codenest.dev/pool: x } }`, 'CodeNest’s own'],
    [
      'a label of ours on the pod',
      `${HEAD}spec: { template: { metadata: { labels: { codenest.dev/pool: x } } } }`,
      'CodeNest’s own',
    ],
    ['a status', `${HEAD}status: {}`, 'status may not be set'],
    ['another key', inRunner('env: [{ name: CODENEST_PUBLIC_KEY, value: "{}" }]'), 'are the platform’s'],
    ['no key', inRunner('env: [{ name: CODENEST_PUBLIC_KEY, $patch: delete }]'), 'are the platform’s'],
    [
      'a prototype',
      `${HEAD}spec: { template: { spec: { __proto__: { a: b } } } }`,
      '__proto__ may not be set',
    ],
  ])('are refused with %s', (_what, text, said) => {
    expect(refusal(text)).toContain(said)
  })

  it('are named when they are refused', () => {
    expect(refusal(`${HEAD}spec: { replicas: 7 }`, 'overrides/all.yaml')).toBe(
      'overrides/all.yaml cannot be applied, for the result would be less safe than every workspace has to be. Change: Deployment spec.replicas: must be 1: CodeNest decides how many there are.',
    )
  })
})
