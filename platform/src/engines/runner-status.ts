import { z } from 'zod'

/** What a runner says of how far it is, wherever it runs. */
export const RunnerStatus = z.object({
  stage: z.enum(['starting', 'cloning', 'restoring', 'ready', 'failed', 'stopping']),
  detail: z.string().nullable(),
})
