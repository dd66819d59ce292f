import type { Json } from './objects.ts'

/** A refusal of the API server: becomes a `Status` object. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly details: Json | undefined

  constructor(code: number, reason: string, message: string, details?: Json) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  toStatus(): Json {
    const { code, reason, message, details } = this
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details && { details }),
      code,
    }
  }
}

/** `pods "x"`, `deployments.apps "x"`. */
export function named(resource: { plural: string; group: string }, name: string): string {
  return `${resource.plural}${resource.group === '' ? '' : `.${resource.group}`} "${name}"`
}

export const notFound = (resource: { plural: string; group: string }, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${named(resource, name)} not found`, {
    name,
    ...(resource.group !== '' && { group: resource.group }),
    kind: resource.plural,
  })

export const forbidden = (resource: { plural: string; group: string }, name: string, why: string): ApiError =>
  new ApiError(403, 'Forbidden', `${named(resource, name)} is forbidden: ${why}`, {
    name,
    kind: resource.plural,
  })

export const invalid = (
  resource: { kind: string; group: string },
  name: string,
  field: string,
  why: string,
): ApiError => {
  const full = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`
  return new ApiError(422, 'Invalid', `${full} "${name}" is invalid: ${field}: ${why}`, {
    name,
    kind: resource.kind,
    causes: [{ reason: 'FieldValueInvalid', message: why, field }],
  })
}

export const expired = (message: string): ApiError => new ApiError(410, 'Expired', message)
