/** Types and schemas of who a person is to other hosts: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'

/** `POST /host-credentials`: `repository` as it was pasted; hosts that take a token take any name with it. */
export const IntroduceYourself = z
  .strictObject({
    repository: z.string().min(1).max(2048),
    username: z.string().max(255).default(''),
    token: z.string().min(1).max(4096),
  })
  .meta({ id: 'IntroduceYourself' })
export type IntroduceYourself = z.input<typeof IntroduceYourself>
