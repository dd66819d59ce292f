import type { RequestHandler } from 'express'
import type { Tokens } from '../../access/tokens.ts'
import { AppError } from '../../errors.ts'
import type { Fleet } from '../../fleet/fleet.ts'
import type { Provisioner } from '../../reconciler/provisioner.ts'

/** `POST /runner/v1/token`: a runner shows its token before it expires and gets the next one, while its workspace exists. */
export function createTokenRenewal(tokens: Tokens, fleet: Fleet, provisioner: Provisioner): RequestHandler {
  return async (request, response) => {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    const claims = scheme === 'Bearer' ? await tokens.verify(token, 'git') : null
    const repository = claims?.['repository']
    const session = claims?.['session']
    if (claims?.sub !== 'runner' || typeof repository !== 'string' || typeof session !== 'string')
      throw new AppError(401, 'runner_token', 'This is not the token of a runner, or it has expired.')
    if (!(await fleet.snapshot()).workspaces.has(repository))
      throw new AppError(403, 'workspace_gone', `The workspace "${repository}" was deleted.`)
    const next = await provisioner.runnerToken(repository, session)
    response.setHeader('cache-control', 'no-store')
    response.json({ token: next.token, expiresAt: next.expiresAt.getTime() })
  }
}
