import type { RunnerErrorCode } from './protocol.ts'

/** An error that a page may see: the message says what happened, why, and what to do. */
export class RunnerError extends Error {
  override name = 'RunnerError'
  readonly code: RunnerErrorCode

  constructor(code: RunnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const FILE_SYSTEM_ERRORS: Record<string, [RunnerErrorCode, string]> = {
  ENOENT: ['not_found', 'There is no such file or folder any more.'],
  ENOTDIR: ['not_a_folder', 'A part of the path is a file, not a folder.'],
  EISDIR: ['not_a_file', 'That is a folder, not a file.'],
  EEXIST: ['already_exists', 'A file or folder of that name is already there.'],
  ENOTEMPTY: ['already_exists', 'A folder of that name is already there and is not empty.'],
  EINVAL: ['bad_request', 'A folder cannot be moved into itself.'],
  ENAMETOOLONG: ['bad_request', 'The name is too long for the file system.'],
  ELOOP: ['outside_workspace', 'The path runs through symbolic links that lead nowhere.'],
  EACCES: ['internal', 'The file system refused access: check the permissions in a terminal.'],
  EPERM: ['internal', 'The file system refused access: check the permissions in a terminal.'],
  ENOSPC: ['disk_full', 'The disk of this workspace is full: delete something in a terminal and try again.'],
}

/** Translates whatever a request handler threw; null when it is a bug that only the log should describe. */
export function toRunnerError(error: unknown): RunnerError | null {
  if (error instanceof RunnerError) return error
  const known = FILE_SYSTEM_ERRORS[errorCode(error)]
  return known ? new RunnerError(known[0], known[1], { cause: error }) : null
}

/** The `code` of a system error (`ENOENT`), '' when it has none. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR'
}
