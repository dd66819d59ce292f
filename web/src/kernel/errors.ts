import type { Problem } from '@codenest/platform/protocol'
import type { GitProblem, RunnerErrorCode } from '@codenest/runner/protocol'

/** The platform refused a request; `problem.detail` says what happened, why, and what to do. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail || problem.title)
    this.problem = problem
  }
}

/** The runner refused a request. */
export class RunnerError extends Error {
  override name = 'RunnerError'
  readonly code: RunnerErrorCode
  /** What git had to say, when it was git that refused. */
  readonly git: GitProblem | null

  constructor(code: RunnerErrorCode, message: string, git: GitProblem | null = null) {
    super(message)
    this.code = code
    this.git = git
  }
}

/** There is no connection to the runner, or it ended before the answer came. The request may have been carried out. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError'

  constructor() {
    super('The connection to the workspace was lost. It is being re-established.')
  }
}

/** A file is there, but is nothing that an editor shows; asking again will not change that. */
export class NotShownError extends Error {
  override name = 'NotShownError'
}

/** What to show a person for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
