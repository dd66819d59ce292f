import { describe, expect, it } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { AppError } from '../../src/errors.ts'
import { exampleInput, HTTP_ROUTE, INGRESS } from '../../src/engines/kubernetes/manifests/example-input.ts'
import { floorReasons } from '../../src/engines/kubernetes/manifests/floor.ts'
import { renderWorkspace, toRecord } from '../../src/engines/kubernetes/manifests/manifests.ts'
import { API_VERSIONS, ManifestInput } from '../../src/engines/kubernetes/manifests/types.ts'
import { schemaProblems, VERSIONS } from './schema.ts'

const ROUNDS = 400
const REFUSALS = new Set(['manifest_input_invalid', 'override_refused'])
/** What breaks out of a scalar of YAML, of a template, or of a name. */
const EVIL = [
  '\n---\nkind: Secret\n',
  '"',
  "'",
  '{{constructor}}',
  '{{{x}}}',
  '&anchor',
  '*anchor',
  '!!js/function',
  '"}\nhostNetwork: true',
  '\\',
  '\u2028',
  '\0',
  '# ',
  ': ',
  '../',
  '$(HOME)',
  'kube-system',
  '__proto__',
  'yes',
  'null',
  '1e3',
  '0x10',
  '',
]
const GOOD = ['a', 'no', 'on', 'y', 'off', 'true1', 'brave-otter', 'x'.repeat(40), 'e3', 'null']

/** A generator of numbers from 0 to below 1 that a seed decides. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function fuzzedInput(next: () => number): ManifestInput {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!
  const text = (): string => (next() < 0.1 ? pick(GOOD) + pick(EVIL) + pick(GOOD) : pick(GOOD))
  const pods = (): { namespace: string; labels: Record<string, string> } => ({
    namespace: text(),
    labels: { [text()]: text() },
  })
  return exampleInput({
    role: next() < 0.2 ? { kind: 'pool', stack: text() } : { kind: 'workspace', id: text(), owner: text() },
    namespace: text(),
    platform: { ...pods(), internalPort: pick([4001, 1, 65_535, 0]) },
    image: pick([text(), `r.example.com/${text()}:1`, `a@sha256:${'0'.repeat(64)}`]),
    resources: {
      cpu: pick([0.1, 2, 0.7, 64, -1]),
      memory: pick([2 ** 30, 1, 123_456_789]),
      storage: pick([2 ** 30, 10 * 2 ** 30, 7]),
    },
    routing: pick([
      { kind: 'gateway' },
      { ...INGRESS, domain: `${text()}.example.com`, controller: pods() },
      { ...HTTP_ROUTE, domain: text(), controller: pods() },
    ] as ManifestInput['routing'][]),
    runtimeClass: pick([null, text()]),
    hostUsers: next() < 0.5,
    replicas: pick([0, 1]),
    overrides: next() < 0.5 ? [] : [{ path: 'overrides/all.yaml', text: fuzzedPatch(next, pick, text) }],
  })
}

const LOOSE = {
  hostNetwork: true,
  hostUsers: true,
  serviceAccountName: 'admin',
  automountServiceAccountToken: true,
  volumes: [{ name: 'x', hostPath: { path: '/' } }],
  initContainers: [{ name: 'x', image: 'x' }],
  securityContext: { runAsUser: 0 },
  nodeSelector: { a: 'b' },
}

/** Sometimes harmless, mostly not, now and then no YAML at all. */
function fuzzedPatch(next: () => number, pick: <T>(items: readonly T[]) => T, text: () => string): string {
  const kind = pick(Object.keys(API_VERSIONS) as (keyof typeof API_VERSIONS)[])
  const [field, value] = pick(Object.entries(LOOSE))
  const spec = pick<object>([
    { template: { spec: { [field]: value } } },
    { template: { spec: { containers: [{ name: 'runner', [text()]: text(), image: text() }] } } },
    { egress: [{ to: [{ ipBlock: { cidr: pick(['10.0.0.0/8', '::/0', '8.8.8.8/32', text()]) } }] }] },
    { type: pick(['NodePort', 'ClusterIP']) },
    { selector: null },
  ])
  const metadata = pick<object>([
    {},
    { namespace: text() },
    { labels: { [text()]: text(), [pick(['codenest.dev/workspace', 'team'])]: text() } },
    { annotations: { note: `${text()}${pick(EVIL)}` } },
  ])
  const patch = stringify({ apiVersion: API_VERSIONS[kind], kind, metadata, spec })
  return next() < 0.1 ? patch + pick(EVIL) : patch
}

describe('whatever names, labels, parameters and patches are', () => {
  const problems = schemaProblems(VERSIONS.at(-1) ?? '')

  it.each([1, 2, 3])('no object is outside of the namespace or below the floor (seed %d)', (seed) => {
    const next = random(seed)
    let rendered = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const input = fuzzedInput(next)
      try {
        const manifests = renderWorkspace(input)
        rendered += 1
        const checked = ManifestInput.parse(input)
        const own = checked.role.kind === 'pool' ? `pool-${checked.role.stack}` : `ws-${checked.role.id}`
        for (const manifest of manifests) {
          expect(manifest.metadata).toMatchObject({ name: own, namespace: checked.namespace })
          expect(problems(manifest)).toEqual([])
        }
        expect(floorReasons(checked, manifests)).toEqual([])
        const read = parseAllDocuments(toRecord(manifests), { version: '1.1' })
        expect(read.map((document): unknown => document.toJS())).toEqual(
          [...manifests].sort((a, b) => (a.kind < b.kind ? -1 : 1)),
        )
      } catch (error) {
        // A defect would be another error, or none.
        if (!(error instanceof AppError) || !REFUSALS.has(error.code)) throw error
      }
    }
    // Both ends are reached: a fuzz that is refused altogether shows nothing.
    expect(rendered).toBeGreaterThan(ROUNDS / 10)
    expect(rendered).toBeLessThan(ROUNDS * 0.9)
  })
})
