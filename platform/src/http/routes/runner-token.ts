import type { RequestHandler } from 'express'
import type { Tokens } from '../../access/tokens.ts'
import type { Engine } from '../../engines/engine.ts'
import { AppError } from '../../errors.ts'
import type { Provisioner } from '../../reconciler/provisioner.ts'

/**
 * `POST /runner/v1/token`: a runner shows its token and gets the next one. The old one may have expired, as it does
 * while a laptop sleeps; what counts is that the runner of this very session still runs.
 */
export function createTokenRenewal(tokens: Tokens, engine: Engine, provisioner: Provisioner): RequestHandler {
  return async (request, response) => {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    const claims = scheme === 'Bearer' ? await tokens.identify(token, 'git') : null
    const repository = claims?.['repository']
    const session = claims?.['session']
    if (claims?.sub !== 'runner' || typeof repository !== 'string' || typeof session !== 'string')
      throw new AppError(401, 'runner_token', 'This is not the token of a runner.')
    if (engine.observe(repository).session !== session)
      throw new AppError(403, 'session_over', `This session of the workspace "${repository}" is over.`)
    const next = await provisioner.runnerToken(repository, session)
    response.setHeader('cache-control', 'no-store')
    response.json({ token: next.token, expiresAt: next.expiresAt.getTime() })
  }
}
