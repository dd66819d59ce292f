import type { Request } from 'express'
import type { Tokens } from '../../access/tokens.ts'
import type { Engine } from '../../engines/engine.ts'
import { AppError } from '../../errors.ts'

/** Which runner a request comes from. */
export interface RunnerSession {
  workspace: string
  session: string
}

/**
 * Identifies a runner by its token. It may have expired, as it does while a laptop sleeps; what counts is that the
 * runner of this very session still runs. Throws an `AppError`.
 */
export async function identifyRunner(
  request: Request,
  tokens: Tokens,
  engine: Engine,
): Promise<RunnerSession> {
  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
  const claims = scheme === 'Bearer' ? await tokens.identify(token, 'git') : null
  const workspace = claims?.['repository']
  const session = claims?.['session']
  if (claims?.sub !== 'runner' || typeof workspace !== 'string' || typeof session !== 'string')
    throw new AppError(401, 'runner_token', 'This is not the token of a runner.')
  const running = engine.observe(workspace)
  // A platform that has just begun to listen to it, or does not reach it, does not know better than its token.
  if (running.session === null && running.state !== 'absent')
    throw new AppError(
      503,
      'session_unknown',
      `What runs for the workspace "${workspace}" is not known at this moment. Try again.`,
    )
  if (running.session !== session)
    throw new AppError(403, 'session_over', `This session of the workspace "${workspace}" is over.`)
  return { workspace, session }
}
