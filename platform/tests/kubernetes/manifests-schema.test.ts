import { describe, expect, it } from 'vitest'
import { EXAMPLES } from '../../src/engines/kubernetes/manifests/example-input.ts'
import { renderWorkspace } from '../../src/engines/kubernetes/manifests/manifests.ts'
import { schemaProblems, VERSIONS } from './schema.ts'

it('knows three minor versions of Kubernetes', () => {
  expect(VERSIONS).toEqual(['v1.33', 'v1.34', 'v1.36'])
})

describe.each(VERSIONS)('Kubernetes %s', (version) => {
  const problems = schemaProblems(version)

  it('takes every manifest of a workspace', () => {
    for (const input of Object.values(EXAMPLES))
      for (const manifest of renderWorkspace(input)) expect(problems(manifest)).toEqual([])
  })

  it('is asked strictly', () => {
    const deployment = renderWorkspace(EXAMPLES['workspace']!).find(({ kind }) => kind === 'Deployment')!
    const { spec } = deployment
    expect(problems({ ...deployment, spec: { ...spec, replica: 1 } })).not.toEqual([])
    expect(problems({ ...deployment, spec: { ...spec, replicas: '1' } })).not.toEqual([])
    expect(problems({ ...deployment, spec: { ...spec, selector: undefined } })).not.toEqual([])
    expect(problems({ ...deployment, apiVersion: 'apps/v1beta1' })).not.toEqual([])
  })
})
