import { STAGES } from '@codenest/runner/protocol'
import { z } from 'zod'

/** What a runner says of how far it is, wherever it runs. */
export const RunnerStatus = z.object({
  stage: z.enum(STAGES),
  detail: z.string().nullable(),
})
