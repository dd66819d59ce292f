import { z } from 'zod'
import { IntroduceYourself } from '../../protocol.ts'
import type { Upstreams } from '../../repositories/upstreams.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** Who a person is to the hosts of private repositories. It is written here and never read. */
export function createHostCredentialRoutes(upstreams: Upstreams): Route[] {
  return [
    route({
      method: 'post',
      path: '/host-credentials',
      summary:
        'Say who you are to the host of a private repository: tried at once, and kept when it is right',
      status: 200,
      body: IntroduceYourself,
      response: z.object({ host: z.string() }),
      handle: ({ identity, body: { repository, username, token } }) =>
        upstreams.answers.introduce(identity.name, repository, { username, token }),
    }),
    route({
      method: 'delete',
      path: '/host-credentials/{host}',
      summary: 'Forget who you are to a host',
      status: 204,
      handle: ({ identity, params: { host = '' } }) => upstreams.answers.takeLeave(identity.name, host),
    }),
  ]
}
