/**
 * A refusal that a person or a client program can act on. `message` says what happened, why, and what to do;
 * it may be shown as it is.
 */
export class AppError extends Error {
  override name = 'AppError'
  readonly status: number
  readonly code: string
  readonly details: { path: string; message: string }[] | undefined

  constructor(
    status: number,
    code: string,
    message: string,
    options: { details?: { path: string; message: string }[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.status = status
    this.code = code
    this.details = options.details
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
