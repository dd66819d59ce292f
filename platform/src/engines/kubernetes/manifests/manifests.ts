import { stringify } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../../errors.ts'
import { checkReasons, toManifests } from './check.ts'
import { floorReasons } from './floor.ts'
import { objectName } from './names.ts'
import { applyOverrides } from './overrides.ts'
import { kindsOf, renderObject } from './render.ts'
import { ManifestInput } from './types.ts'
import type { Manifests } from './types.ts'

/**
 * The objects of a workspace or of a pool, with operators' overrides in them, checked and above the security floor.
 * Pure. Throws an `AppError`: `override_refused` when an override is to blame, and the message says why and what to do;
 * `manifest_input_invalid` when the input cannot be rendered.
 */
export function renderWorkspace(input: ManifestInput): Manifests {
  const parsed = ManifestInput.safeParse(input)
  if (!parsed.success)
    throw new AppError(
      422,
      'manifest_input_invalid',
      `No manifests can be made for this workspace: ${z.prettifyError(parsed.error)}`,
    )
  const checked = parsed.data
  const rendered = new Map(kindsOf(checked).map((kind) => [kind, renderObject(kind, checked)]))
  const objects = applyOverrides(rendered, objectName(checked.role), checked.overrides)
  const problems = checkReasons(checked, rendered, objects)
  const manifests = toManifests(objects)
  const reasons = problems.length > 0 ? problems : floorReasons(checked, manifests)
  if (reasons.length === 0) return manifests
  if (checked.overrides.length === 0)
    throw new Error(`the templates of manifests/workspace break the floor: ${reasons.join('; ')}`)
  const files = checked.overrides.map(({ path }) => path).join(' and ')
  throw new AppError(
    422,
    'override_refused',
    `${files} cannot be applied, for the result would be less safe than every workspace has to be. Change: ${reasons.join('; ')}.`,
  )
}

/** The record of these objects: YAML with a document for each, the same text for the same objects. */
export function toRecord(manifests: Manifests): string {
  const [{ metadata } = { metadata: { name: '' } }] = manifests
  const documents = [...manifests]
    .sort((a, b) => (a.kind < b.kind ? -1 : 1))
    // Programs of Kubernetes read YAML 1.1, in which a bare `no` or `on`, a name like others, is no string.
    .map((manifest) =>
      stringify(manifest, {
        compat: 'yaml-1.1',
        sortMapEntries: true,
        lineWidth: 0,
        aliasDuplicateObjects: false,
      }),
    )
  return `# ${metadata.name}, as CodeNest applies it. A change here has no effect: patches in overrides/ have.\n${documents.join('---\n')}`
}
