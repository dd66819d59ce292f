import type { RequestHandler } from 'express'
import type { Tokens } from '../../access/tokens.ts'
import type { Engine } from '../../engines/engine.ts'
import type { Environments } from '../../environment/environments.ts'
import { identifyRunner } from './runner-session.ts'

/** `POST /runner/v1/environment`: a runner asks for the variables of its workspace, and whether that is trusted, before it starts a program. */
export function createRunnerEnvironment(
  tokens: Tokens,
  engine: Engine,
  environments: Environments,
): RequestHandler {
  return async (request, response) => {
    const { workspace } = await identifyRunner(request, tokens, engine)
    const told = await environments.forRunner(workspace)
    response.setHeader('cache-control', 'no-store')
    response.json(told)
  }
}
