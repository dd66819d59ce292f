import type { RequestHandler } from 'express'
import type { Tokens } from '../../access/tokens.ts'
import type { Engine } from '../../engines/engine.ts'
import type { Workspaces } from '../../workspaces/workspaces.ts'
import { identifyRunner } from './runner-session.ts'

/** `POST /runner/v1/idle`: nobody uses the workspace any more, so from now on it is declared to be stopped. */
export function createIdleHandler(tokens: Tokens, engine: Engine, workspaces: Workspaces): RequestHandler {
  return async (request, response) => {
    const { workspace } = await identifyRunner(request, tokens, engine)
    await workspaces.stopIdle(workspace)
    response.json({})
  }
}
