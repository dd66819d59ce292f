import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { EXAMPLES, exampleInput } from './example-input.ts'
import { renderWorkspace, toRecord } from './manifests.ts'
import { TEMPLATES } from './render.ts'
import type { ManifestInput, Manifests } from './types.ts'

const refusal = (input: ManifestInput): string => {
  try {
    renderWorkspace(input)
  } catch (error) {
    return (error as Error).message
  }
  return 'taken'
}

describe('renderWorkspace', () => {
  // A change of what is applied to clusters is looked at: `vitest run manifests.test -u` accepts it.
  it.each(Object.entries(EXAMPLES))('makes the manifests of golden/%s.yaml', async (name, input) => {
    await expect(toRecord(renderWorkspace(input))).toMatchFileSnapshot(`golden/${name}.yaml`)
  })

  it('puts nothing into a template that is not JSON', () => {
    for (const file of readdirSync(TEMPLATES)) {
      const text = readFileSync(new URL(file, TEMPLATES), 'utf8')
      const inserted = [...text.matchAll(/\{\{+[^}]*\}\}+/g)].map(([tag]) => tag)
      for (const tag of inserted) expect(tag).toMatch(/^\{\{(json [\w.]+|[#/](if|unless|each)( \w+)?)\}\}$/)
    }
  })

  it('makes the same of the same', () => {
    for (const input of Object.values(EXAMPLES)) {
      const before = structuredClone(input)
      expect(toRecord(renderWorkspace(input))).toBe(toRecord(renderWorkspace(structuredClone(input))))
      expect(input).toEqual(before)
    }
  })

  it('closes the network before a pod runs', () => {
    for (const input of Object.values(EXAMPLES)) expect(renderWorkspace(input)[0]?.kind).toBe('NetworkPolicy')
  })

  it('has an object for a host name only when workspaces are not routed by the gateway', () => {
    const kinds = (name: string): string[] =>
      renderWorkspace(EXAMPLES[name] ?? exampleInput()).map(({ kind }) => kind)
    expect(kinds('workspace')).toEqual(['NetworkPolicy', 'Service', 'Deployment'])
    expect(kinds('workspace-with-ingress')).toEqual(['NetworkPolicy', 'Service', 'Deployment', 'Ingress'])
    expect(kinds('workspace-with-http-route')).toEqual([
      'NetworkPolicy',
      'Service',
      'Deployment',
      'HTTPRoute',
    ])
    expect(kinds('pool')).toEqual(['NetworkPolicy', 'Deployment'])
  })

  it.each<[string, Partial<ManifestInput>, string]>([
    ['an id', { role: { kind: 'workspace', id: 'a\nb: c', owner: 'ada' } }, 'id'],
    ['an owner', { role: { kind: 'workspace', id: 'a', owner: '{{x}}' } }, 'owner'],
    ['a namespace', { namespace: 'kube-system\n---' }, 'namespace'],
    ['an image', { image: 'a b' }, 'image'],
    [
      'a private key',
      { publicKey: { ...exampleInput().publicKey, d: 'secret' } as never },
      'Unrecognized key',
    ],
    ['a gateway without labels', { platform: { ...exampleInput().platform, labels: {} } }, 'label'],
    ['no memory', { resources: { cpu: 1, memory: 0, storage: 1 } }, 'memory'],
  ])('refuses %s that cannot be meant', (_what, changes, said) => {
    const message = refusal(exampleInput(changes))
    expect(message).toContain('No manifests can be made')
    expect(message).toContain(said)
  })
})

describe('toRecord', () => {
  const read = (text: string): unknown[] =>
    parseAllDocuments(text, { version: '1.1' }).map((document): unknown => document.toJS())

  it('reads back as what is applied, in the YAML that Kubernetes reads', () => {
    // In YAML 1.1 these are no strings unless they are quoted.
    for (const id of ['no', 'on', 'y', 'off', 'yes', 'null', 'e3']) {
      const manifests = renderWorkspace(exampleInput({ role: { kind: 'workspace', id, owner: '1e3' } }))
      expect(read(toRecord(manifests))).toEqual(sorted(manifests))
    }
  })

  it('holds no token and names no Secret', () => {
    for (const input of Object.values(EXAMPLES))
      expect(toRecord(renderWorkspace(input))).not.toMatch(/secret|bearer|eyJ|"d":/i)
  })
})

function sorted(manifests: Manifests): unknown[] {
  return [...manifests].sort((a, b) => (a.kind < b.kind ? -1 : 1))
}
