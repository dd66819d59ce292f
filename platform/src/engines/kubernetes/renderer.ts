import { setImmediate } from 'node:timers/promises'
import type { JWK } from 'jose'
import { SerialQueue } from '../../serial-queue.ts'
import type { Placement, Resources } from '../engine.ts'
import { digestOf } from './digest.ts'
import { renderWorkspace } from './manifests/manifests.ts'
import { POOL_LABEL, WORKSPACE_LABEL } from './manifests/names.ts'
import type { JsonObject, ManifestInput, Manifests, Override } from './manifests/types.ts'
import { TEMPLATE_ANNOTATION } from './pod-view.ts'
import type { KubernetesSettings } from './settings.ts'

export interface RendererOptions {
  settings: KubernetesSettings
  publicKey: JWK
  /** Operators' patches that concern a workspace; null: those that are for none in particular. */
  overrides: (id: string | null) => Promise<Override[]>
}

/** Writes down what the cluster is to have. Throws what `renderWorkspace` throws. */
export class Renderer {
  readonly #options: RendererOptions
  /** It is work for the processor alone: when many workspaces start at once, requests come in between. */
  readonly #turns = new SerialQueue()

  constructor(options: RendererOptions) {
    this.#options = options
  }

  /** `replicas`: 0 for one whose pod is from the pool. */
  workspace(id: string, placement: Placement, replicas: 0 | 1): Promise<Manifests> {
    const { owner, stack, resources } = placement
    return this.#render({ kind: 'workspace', id, owner }, stack, resources, replicas)
  }

  /** Its pods say what they were made from. */
  async pool(stack: string, resources: Resources, size: number): Promise<Manifests> {
    const manifests = await this.#render({ kind: 'pool', stack }, stack, resources, size)
    const template = templateOf(manifests)
    const metadata = template['metadata'] as JsonObject
    const annotations = {
      ...(metadata['annotations'] as JsonObject),
      [TEMPLATE_ANNOTATION]: templateDigest(manifests),
    }
    return manifests.map((manifest) =>
      manifest.kind === 'Deployment'
        ? {
            ...manifest,
            spec: {
              ...manifest.spec,
              template: { ...template, metadata: { ...metadata, annotations } },
            },
          }
        : manifest,
    )
  }

  async #render(
    role: ManifestInput['role'],
    stack: string,
    resources: Resources,
    replicas: number,
  ): Promise<Manifests> {
    const { settings, publicKey, overrides } = this.#options
    const { x = '' } = publicKey
    const input: ManifestInput = {
      role,
      namespace: settings.namespace,
      platform: settings.platform,
      image: settings.images[stack] ?? settings.images['default'] ?? '',
      resources,
      publicKey: { kty: 'OKP', crv: 'Ed25519', x },
      routing: settings.routing,
      runtimeClass: settings.runtimeClass,
      hostUsers: settings.hostUsers,
      replicas,
      overrides: await overrides(role.kind === 'workspace' ? role.id : null),
    }
    return this.#turns.run(async () => {
      await setImmediate()
      return renderWorkspace(input)
    })
  }
}

/** Of all that a pod is made from but whose it is: where it is the same, one pod is as good as another. */
export function templateDigest(manifests: Manifests): string {
  const { metadata, spec } = templateOf(manifests)
  const { labels, ...rest } = metadata as JsonObject
  const { [WORKSPACE_LABEL]: _workspace, [POOL_LABEL]: _pool, ...others } = labels as JsonObject
  return digestOf({ ...rest, labels: others, spec })
}

function templateOf(manifests: Manifests): JsonObject {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment')
  if (!deployment) throw new Error('what was rendered has no Deployment')
  return deployment.spec['template'] as JsonObject
}
