import { RunnerError, toRunnerError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { requests } from '../protocol.ts'
import type { Reply, RequestName } from '../protocol.ts'
import { GitRefused } from '../source-control/errors.ts'
import type { Handlers } from './handlers.ts'

type Handler = (payload: unknown, viewer: string) => unknown

/** Validates a request, runs its handler and turns whatever it throws into a `Reply`: the one place that does. */
export async function answer(
  handlers: Handlers,
  name: string,
  payload: unknown,
  viewer: string,
  log: Logger,
): Promise<Reply<unknown>> {
  try {
    if (!isRequest(name)) throw new RunnerError('bad_request', 'There is no such request.')
    const parsed = requests[name].safeParse(payload)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      throw new RunnerError('bad_request', `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim())
    }
    // The schema of `name` was just checked, which the type of the table cannot express.
    const handler = handlers[name] as Handler
    return { ok: true, value: await handler(parsed.data, viewer) }
  } catch (error) {
    const known = toRunnerError(error)
    const git = known instanceof GitRefused ? { git: known.git } : {}
    if (known) return { ok: false, error: { code: known.code, message: known.message, ...git } }
    log.error({ err: error, request: name }, 'request failed')
    return { ok: false, error: { code: 'internal', message: 'The runner failed at this; its log says why.' } }
  }
}

function isRequest(name: string): name is RequestName {
  return Object.hasOwn(requests, name)
}
