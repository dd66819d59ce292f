import { ApiError } from './api-error.ts'
import type { Resource } from './kinds.ts'
import { asPod } from './objects.ts'
import type { Stored } from './objects.ts'
import type { Store } from './store.ts'

export interface DeleteRequest {
  uid?: string
  resourceVersion?: string
  gracePeriodSeconds?: number
  propagationPolicy?: string
}

/** Deletes an object or, when it has a grace or finalizers, marks it; null when it is gone at once. */
export function deleteObject(
  store: Store,
  resource: Resource,
  before: Stored,
  request: DeleteRequest,
): Stored | null {
  const { metadata } = before
  const seconds = graceOf(before, request)
  const finalizers = new Set(metadata.finalizers)
  if (request.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion')
  if (request.propagationPolicy === 'Orphan') finalizers.add('orphan')
  const isNamespace = resource.kind === 'Namespace'
  if (finalizers.size === 0 && seconds === 0 && !isNamespace) {
    store.remove(resource, before)
    return null
  }
  const earlier = metadata.deletionGracePeriodSeconds
  const isSame = finalizers.size === (metadata.finalizers?.length ?? 0)
  if (earlier !== undefined && earlier <= seconds && isSame) return before
  const marked: Stored = {
    ...before,
    metadata: {
      ...metadata,
      deletionTimestamp: new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z'),
      deletionGracePeriodSeconds: seconds,
      ...(finalizers.size > 0 && { finalizers: [...finalizers] }),
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
    ...(isNamespace && { status: { phase: 'Terminating' } }),
  }
  return store.replace(resource, marked, before)
}

/** Throws unless the object is the one that the request means. */
export function checkPreconditions(
  request: DeleteRequest,
  { metadata }: Stored,
  changed: () => ApiError,
): void {
  if (request.uid !== undefined && request.uid !== metadata.uid)
    throw new ApiError(
      409,
      'Conflict',
      `Precondition failed: UID in precondition: ${request.uid}, UID in object meta: ${metadata.uid}`,
    )
  if (request.resourceVersion !== undefined && request.resourceVersion !== metadata.resourceVersion)
    throw changed()
}

/** Of pods that run somewhere; everything else goes at once. */
function graceOf(object: Stored, { gracePeriodSeconds }: DeleteRequest): number {
  if (object.kind !== 'Pod') return 0
  const { spec, status } = asPod(object)
  const isOver = status.phase === 'Failed' || status.phase === 'Succeeded'
  if (spec.nodeName === undefined || isOver) return 0
  return gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30
}
