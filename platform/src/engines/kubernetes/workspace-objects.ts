import { isDeepStrictEqual } from 'node:util'
import { AppError } from '../../errors.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { KubeObject, Target } from './cluster/objects.ts'
import type { Watched } from './cluster/watch.ts'
import { digestOf } from './digest.ts'
import { API_VERSIONS } from './manifests/types.ts'
import type { ManifestKind, Manifests } from './manifests/types.ts'

/** What is kept of an object: whose it is, and a digest of all that was declared of it. */
interface ObjectView {
  id: string
  uid: string
  isDeleting: boolean
  /** null of what has none. */
  replicas: number | null
  digest: string
}

export interface WorkspaceObjectsOptions {
  cluster: Cluster
  namespace: string
  /** Of which each has one. */
  kinds: readonly ManifestKind[]
  /** By which an object belongs to one: its value is the id. */
  label: string
  /** Something about the objects of one has changed. */
  onChange: (id: string) => void
  /** Asked before each change of the cluster. */
  mayAct: () => boolean
  signal: AbortSignal
}

/** The objects of workspaces, or of pools, as they are in the cluster, and whether they still are what they were made to be. */
export class WorkspaceObjects {
  readonly #options: WorkspaceObjectsOptions
  readonly #watched = new Map<ManifestKind, Watched<ObjectView>>()
  /** By id and kind, as the cluster told them when they were applied. */
  readonly #applied = new Map<string, Map<ManifestKind, ObjectView>>()
  /** What was applied last; the same again costs nothing. */
  readonly #manifests = new Map<string, Manifests>()

  /** Kinds by workspace that are not what was applied, as the cluster told last. */
  readonly #drifted = new Map<string, Set<ManifestKind>>()

  constructor(options: WorkspaceObjectsOptions) {
    this.#options = options
    const { cluster, namespace, kinds, label, signal, onChange } = options
    for (const kind of kinds) {
      const watched = cluster.watch({
        apiVersion: API_VERSIONS[kind],
        kind,
        namespace,
        labelSelector: label,
        project: this.#toView,
        onChange: ({ type, value }) => {
          this.#compare(kind, value, type === 'set')
          onChange(value.id)
        },
        signal,
      })
      this.#watched.set(kind, watched)
    }
  }

  get synced(): Promise<unknown> {
    return Promise.all(Array.from(this.#watched.values(), ({ synced }) => synced))
  }

  get health(): ReturnType<Watched<unknown>['health']>[] {
    return Array.from(this.#watched.values(), (watched) => watched.health())
  }

  /** Ids of which there is an object. */
  ids(): Set<string> {
    const views = Array.from(this.#watched.values(), ({ items }) => [...items.values()]).flat()
    return new Set(views.map(({ id }) => id))
  }

  /** Whether it has a Deployment that stays. */
  isDeployed(name: string): boolean {
    const deployment = this.#watched.get('Deployment')?.items.get(name)
    return deployment !== undefined && !deployment.isDeleting
  }

  /** The Deployment that stays, one that was applied and is not seen yet included; null when there is none. */
  deployment(id: string, name: string): { uid: string; replicas: number | null } | null {
    const seen = this.#watched.get('Deployment')?.items.get(name)
    const deployment = seen ?? this.#applied.get(id)?.get('Deployment')
    return deployment && !deployment.isDeleting ? deployment : null
  }

  /** Somebody else has changed or removed what was applied here. */
  hasDrifted(id: string): boolean {
    return (this.#drifted.get(id)?.size ?? 0) > 0
  }

  /** Whether what one is made of was applied here. */
  isKnown(id: string): boolean {
    return this.#manifests.has(id)
  }

  /** Makes the objects of one be `manifests`, and asks the cluster nothing when they are. Resolves to the Deployment's uid. */
  async apply(id: string, name: string, manifests: Manifests, signal: AbortSignal): Promise<string> {
    const isSame = isDeepStrictEqual(this.#manifests.get(id), manifests)
    const seen = this.#watched.get('Deployment')?.items.get(name)
    if (isSame && seen && !this.hasDrifted(id)) return seen.uid
    const applied = await this.#apply(id, manifests, signal)
    return applied.get('Deployment')?.uid ?? ''
  }

  /** Makes them again what was applied last. */
  async restore(id: string, signal: AbortSignal): Promise<void> {
    const manifests = this.#manifests.get(id)
    if (manifests && this.hasDrifted(id)) await this.#apply(id, manifests, signal)
  }

  /**
   * Takes over a workspace that runs, from an earlier platform: a Deployment that would be rendered differently today
   * stays as it is, for its pod would be replaced while somebody works in it.
   */
  async adopt(id: string, name: string, manifests: Manifests, signal: AbortSignal): Promise<void> {
    const deployment = this.#watched.get('Deployment')?.items.get(name)
    const others = manifests.filter(({ kind }) => kind !== 'Deployment' || !deployment)
    const applied = await this.#apply(id, others, signal)
    if (deployment) applied.set('Deployment', deployment)
  }

  async #apply(
    id: string,
    manifests: Manifests,
    signal: AbortSignal,
  ): Promise<Map<ManifestKind, ObjectView>> {
    const applied = new Map<ManifestKind, ObjectView>()
    for (const manifest of manifests) {
      assertMayAct(this.#options.mayAct)
      const made = await this.#options.cluster.apply({ ...manifest }, { signal })
      applied.set(manifest.kind, this.#toView(made))
    }
    this.#applied.set(id, applied)
    this.#manifests.set(id, manifests)
    this.#drifted.delete(id)
    return applied
  }

  /** Removes the Deployment, and with it its pods, or all the rest. What belongs to somebody else stays. */
  async remove(id: string, name: string, what: 'deployment' | 'rest', signal: AbortSignal): Promise<void> {
    this.#applied.delete(id)
    this.#manifests.delete(id)
    this.#drifted.delete(id)
    const kinds = this.#options.kinds.filter((kind) => (kind === 'Deployment') === (what === 'deployment'))
    await Promise.all(
      kinds.map(async (kind) => {
        const view = this.#watched.get(kind)?.items.get(name)
        if (view && view.id !== id) return
        assertMayAct(this.#options.mayAct)
        await this.#options.cluster.delete(this.#target(kind, name), {
          signal,
          ...(view && { uid: view.uid }),
        })
      }),
    )
  }

  #compare(kind: ManifestKind, { id, digest }: ObjectView, isThere: boolean): void {
    const applied = this.#applied.get(id)?.get(kind)?.digest
    if (applied === undefined) return
    const drifted = this.#drifted.get(id) ?? new Set()
    if (isThere && digest === applied) drifted.delete(kind)
    else drifted.add(kind)
    this.#drifted.set(id, drifted)
  }

  #target(kind: ManifestKind, name: string): Target {
    return { apiVersion: API_VERSIONS[kind], kind, namespace: this.#options.namespace, name }
  }

  readonly #toView = (object: KubeObject): ObjectView => {
    const { uid = '', labels = {}, deletionTimestamp } = object.metadata
    const spec = object['spec'] as { replicas?: number } | undefined
    return {
      id: labels[this.#options.label] ?? '',
      uid,
      isDeleting: deletionTimestamp !== undefined,
      replicas: spec?.replicas ?? null,
      // Of what manifests declare; the cluster's own notes are left out.
      digest: digestOf({ labels, spec }),
    }
  }
}

/** A process that was paused wakes up in the middle of its work, and another may have taken over. Throws an `AppError`. */
export function assertMayAct(mayAct: () => boolean): void {
  if (!mayAct())
    throw new AppError(503, 'not_leading', 'Another platform looks after the workspaces from now on.')
}
