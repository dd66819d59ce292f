import type { Logger } from 'pino'
import { Credentials } from './credentials.ts'
import type { KubeconfigSource } from './credentials.ts'
import { isClusterError } from './errors.ts'
import { Election } from './lease.ts'
import type { LeaseOptions } from './lease.ts'
import { listPages } from './list-pages.ts'
import type { Selection } from './list-pages.ts'
import { targetOf } from './objects.ts'
import type { KubeObject, Target } from './objects.ts'
import { collectionPath, objectPath } from './resources.ts'
import { Transport } from './transport.ts'
import { DEFAULT_TUNING } from './tuning.ts'
import type { ClusterTuning } from './tuning.ts'
import { Watch } from './watch.ts'
import type { Watched, WatchOptions } from './watch.ts'
import { parseObject } from './wire.ts'

/** What the platform owns in the cluster it owns under this name. */
export const FIELD_MANAGER = 'codenest'

export type Patch = { type: 'merge'; value: unknown } | { type: 'json'; value: unknown[] }

export interface DeleteOptions {
  signal: AbortSignal
  /** Deletes this object only, and not one that has its name since: `conflict` otherwise. */
  uid?: string
  gracePeriodSeconds?: number
  /** What becomes of what it owns; the server's default is Background. */
  propagation?: 'Background' | 'Foreground' | 'Orphan'
}

interface Abortable {
  signal: AbortSignal
}

/** A Kubernetes API server. Everything rejects with a `ClusterError`, or with the reason of the signal. */
export interface Cluster extends AsyncDisposable {
  /** Makes an object what the manifest says, as its field manager and by force; resolves to what it is now. */
  apply(manifest: KubeObject, options: Abortable & { dryRun?: boolean }): Promise<KubeObject>
  /** `conflict` when there is one already. */
  create(manifest: KubeObject, options: Abortable): Promise<KubeObject>
  /** null when it is not there. */
  get(target: Target, options: Abortable): Promise<KubeObject | null>
  list(selection: Selection, options: Abortable): Promise<KubeObject[]>
  /** `conflict` when the patch names a resourceVersion that is not the current one. */
  patch(target: Target, patch: Patch, options: Abortable): Promise<KubeObject>
  /** Resolves when the server has taken it up; false when there was nothing to delete. */
  delete(target: Target, options: DeleteOptions): Promise<boolean>
  watch<T>(options: WatchOptions<T>): Watched<T>
  /** Stands for leadership until the signal aborts; resolves when nothing is held any more. */
  lease(options: LeaseOptions): Promise<void>
}

export interface ClusterOptions {
  /** `in-cluster`, or the path of a kubeconfig file. */
  kubeconfig: KubeconfigSource
  log: Logger
  tuning?: Partial<ClusterTuning>
}

/** Reads the credentials; asks the API server nothing yet. Dispose to end watches, candidacies and connections. */
export async function openCluster({ kubeconfig, log, tuning }: ClusterOptions): Promise<Cluster> {
  const all = { ...DEFAULT_TUNING, ...tuning }
  const credentials = await Credentials.open(kubeconfig, all.concurrency)
  return new HttpCluster(credentials, all, log)
}

const APPLY = 'application/apply-patch+yaml'
const PATCH_TYPES = { merge: 'application/merge-patch+json', json: 'application/json-patch+json' }

class HttpCluster implements Cluster {
  readonly #credentials: Credentials
  readonly #transport: Transport
  readonly #tuning: ClusterTuning
  readonly #log: Logger
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(credentials: Credentials, tuning: ClusterTuning, log: Logger) {
    this.#credentials = credentials
    this.#transport = new Transport(credentials, tuning)
    this.#tuning = tuning
    this.#log = log
  }

  async apply(
    manifest: KubeObject,
    { signal, dryRun }: Abortable & { dryRun?: boolean },
  ): Promise<KubeObject> {
    const path = objectPath(targetOf(manifest))
    const query = { fieldManager: FIELD_MANAGER, force: 'true', dryRun: dryRun === true ? 'All' : undefined }
    // JSON is YAML, and the only body of this type that every server takes.
    const body = { type: APPLY, content: manifest }
    return parseObject(
      await this.#transport.call({ method: 'PATCH', path, query, body, repeatable: true }, signal),
    )
  }

  async create(manifest: KubeObject, { signal }: Abortable): Promise<KubeObject> {
    const path = collectionPath(targetOf(manifest))
    const query = { fieldManager: FIELD_MANAGER }
    const body = { type: 'application/json', content: manifest }
    return parseObject(
      await this.#transport.call({ method: 'POST', path, query, body, repeatable: false }, signal),
    )
  }

  async get(target: Target, { signal }: Abortable): Promise<KubeObject | null> {
    const path = objectPath(target)
    try {
      return parseObject(await this.#transport.call({ method: 'GET', path, repeatable: true }, signal))
    } catch (error) {
      if (isClusterError(error, 'not_found')) return null
      throw error
    }
  }

  async list(selection: Selection, { signal }: Abortable): Promise<KubeObject[]> {
    const found: KubeObject[] = []
    const keep = (objects: KubeObject[], isFirst: boolean): void => {
      if (isFirst) found.length = 0
      found.push(...objects)
    }
    await listPages(this.#transport, selection, this.#tuning.page, keep, signal)
    return found
  }

  async patch(target: Target, { type, value }: Patch, { signal }: Abortable): Promise<KubeObject> {
    const path = objectPath(target)
    const query = { fieldManager: FIELD_MANAGER }
    const body = { type: PATCH_TYPES[type], content: value }
    const repeatable = type === 'merge'
    return parseObject(await this.#transport.call({ method: 'PATCH', path, query, body, repeatable }, signal))
  }

  async delete(target: Target, options: DeleteOptions): Promise<boolean> {
    const { signal, uid, gracePeriodSeconds, propagation } = options
    const content = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(uid !== undefined && { preconditions: { uid } }),
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      ...(propagation !== undefined && { propagationPolicy: propagation }),
    }
    const body = { type: 'application/json', content }
    const path = objectPath(target)
    // Without a uid a repetition could delete what was made in the meantime.
    const repeatable = uid !== undefined
    try {
      await this.#transport.call({ method: 'DELETE', path, body, repeatable }, signal)
      return true
    } catch (error) {
      if (isClusterError(error, 'not_found')) return false
      throw error
    }
  }

  watch<T>(options: WatchOptions<T>): Watched<T> {
    const signal = this.#untilClosed(options.signal)
    const watch = new Watch({ ...options, signal }, this.#transport, this.#tuning, this.#log)
    void this.#keep(watch.run())
    return watch
  }

  async lease(options: LeaseOptions): Promise<void> {
    const signal = this.#untilClosed(options.signal)
    await this.#keep(new Election({ ...options, signal }, this, this.#tuning.lease, this.#log).run())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the connection to the cluster was closed'))
    await Promise.allSettled(this.#running)
    this.#credentials.close()
  }

  #untilClosed(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal])
  }

  async #keep(running: Promise<void>): Promise<void> {
    this.#running.add(running)
    try {
      await running
    } finally {
      this.#running.delete(running)
    }
  }
}
