import type { RequestHandler } from 'express'
import type { Tokens } from '../../access/tokens.ts'
import { AppError } from '../../errors.ts'
import type { Remotes } from '../../git/remotes.ts'
import { openEventStream } from '../event-stream.ts'

/** `GET /runner/v1/events`: tells a runner that somebody else moved a ref of its repository. */
export function createRunnerEvents(tokens: Tokens, remotes: Remotes, closing: AbortSignal): RequestHandler {
  return async (request, response) => {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    const claims = scheme === 'Bearer' ? await tokens.verify(token, 'git') : null
    if (claims?.sub !== 'runner')
      throw new AppError(401, 'runner_token', 'This is not the token of a runner.')
    const own = `runner ${String(claims['session'])}`
    const look = (id: unknown, by: string | undefined): void => {
      if (id === claims['repository'] && by !== own) response.write('event: change\ndata: {}\n\n')
    }
    const subscriptions = new DisposableStack()
    subscriptions.use(remotes.subscribe((id, { head }) => look(id, head.reflog[0]?.by)))
    subscriptions.use(
      remotes.subscribeElsewhere((change) => look(change?.id ?? claims['repository'], change?.by)),
    )
    openEventStream(response, closing, subscriptions)
  }
}
