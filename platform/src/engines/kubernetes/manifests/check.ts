import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { objectLabels, objectName } from './names.ts'
import { kindsOf } from './render.ts'
import { must, ONCE, onlyThese, reasonsOf } from './rules.ts'
import { isMap } from './strategic-merge.ts'
import { API_VERSIONS } from './types.ts'
import type { CheckedInput, Json, JsonObject, Manifest, ManifestKind } from './types.ts'

const OURS = 'codenest.dev/'

/** What is wrong with objects that are to be those of a workspace: kinds, names, namespace, labels; empty when all is right. */
export function checkReasons(
  input: CheckedInput,
  rendered: Map<ManifestKind, JsonObject>,
  objects: Map<ManifestKind, JsonObject>,
): string[] {
  const expected = kindsOf(input)
  const missing = expected.filter((kind) => !objects.has(kind)).map((kind) => `${kind}: is missing`)
  const found = [...objects].flatMap(([kind, object]) => {
    if (!expected.includes(kind)) return [`${kind}: is no object of this workspace`]
    const { error } = objectSchema(input, kind).safeParse(object, ONCE)
    return error ? reasonsOf(kind, error) : []
  })
  const changed = isDeepStrictEqual(ownVariables(rendered), ownVariables(objects))
    ? []
    : ['Deployment: the variables CODENEST_* of its containers are the platform’s']
  return [...missing, ...found, ...changed]
}

function objectSchema({ role, namespace }: CheckedInput, kind: ManifestKind): z.ZodType {
  const labels = labelsSchema(objectLabels(role))
  const annotations = z.record(z.string(), z.string().max(64 * 1024)).optional()
  const template = z.looseObject({ metadata: z.looseObject({ labels }) })
  return onlyThese({
    apiVersion: must(API_VERSIONS[kind], 'no other version is known'),
    kind: must(kind, 'a patch does not change the kind'),
    metadata: onlyThese({
      name: must(objectName(role), 'it is what CodeNest calls it'),
      namespace: must(namespace, 'workspaces live in one namespace'),
      labels,
      annotations,
    }),
    spec: z.looseObject(kind === 'Deployment' ? { template } : {}),
  })
}

function labelsSchema(ours: Record<string, string>): z.ZodType {
  return z.record(z.string(), z.string().max(63)).superRefine((labels, context) => {
    for (const [key, value] of Object.entries(ours))
      if (labels[key] !== value)
        context.addIssue({ code: 'custom', path: [key], message: `must be "${value}"` })
    for (const key of Object.keys(labels))
      if (key.startsWith(OURS) && !Object.hasOwn(ours, key))
        context.addIssue({ code: 'custom', path: [key], message: 'is a label of CodeNest’s own' })
  })
}

/** By container: whom a pod trusts and where it listens is no matter of taste. */
function ownVariables(objects: Map<ManifestKind, JsonObject>): Json[] {
  const spec = objects.get('Deployment')?.['spec']
  const pod = isMap(spec) && isMap(spec['template']) ? spec['template']['spec'] : null
  if (!isMap(pod ?? undefined)) return []
  const { containers, initContainers } = pod as JsonObject
  return [containers, initContainers].flatMap((list) =>
    (Array.isArray(list) ? list : []).flatMap((container) => {
      if (!isMap(container) || !Array.isArray(container['env'])) return []
      const { name = null, env } = container
      return env
        .filter((entry) => isMap(entry) && isOurVariable(entry['name']))
        .map((entry): Json => [name, entry])
    }),
  )
}

function isOurVariable(name: Json | undefined): boolean {
  return typeof name === 'string' && name.startsWith('CODENEST_')
}

/** Objects that were checked, as manifests. */
export function toManifests(objects: Map<ManifestKind, JsonObject>): Manifest[] {
  return [...objects.values()].map((object) => object as unknown as Manifest)
}
