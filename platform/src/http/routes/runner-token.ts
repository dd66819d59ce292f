import type { RequestHandler } from 'express'
import type { Tokens } from '../../access/tokens.ts'
import type { Engine } from '../../engines/engine.ts'
import type { Provisioner } from '../../reconciler/provisioner.ts'
import { identifyRunner } from './runner-session.ts'

/** `POST /runner/v1/token`: a runner shows its token and gets the next one. */
export function createTokenRenewal(tokens: Tokens, engine: Engine, provisioner: Provisioner): RequestHandler {
  return async (request, response) => {
    const { workspace, session } = await identifyRunner(request, tokens, engine)
    const next = await provisioner.runnerToken(workspace, session)
    response.setHeader('cache-control', 'no-store')
    response.json({ token: next.token, expiresAt: next.expiresAt.getTime() })
  }
}
