/** Types and schemas of updates of workspaces from their templates: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'
import { CommitId, Parameters } from '../protocol-values.ts'

const Launch = z.object({ run: z.string().nullable(), ports: z.array(z.number().int()) })

/** What an update would change. */
export const TemplateUpdatePlan = z
  .object({
    /** By path: between what the template gave last and what it gives now, whatever the user made of it. */
    files: z.array(z.object({ path: z.string(), status: z.enum(['added', 'modified', 'deleted']) })),
    /** How the app is run, as the template says it now and then; null when it says the same. */
    launch: z.object({ before: Launch, after: Launch }).nullable(),
  })
  .meta({ id: 'TemplateUpdatePlan' })
export type TemplateUpdatePlan = z.infer<typeof TemplateUpdatePlan>

/** How a workspace stands to its template. */
export const TemplateUpdate = z
  .object({
    template: z.string(),
    title: z.string(),
    /** That the workspace is made from. */
    revision: z.string(),
    /** The newest one; null when the template is not offered any more. */
    latest: z.string().nullable(),
    /** The newest revision would change something. */
    available: z.boolean(),
    /** Why it cannot be updated to the newest revision; null when it can. */
    problem: z.string().nullable(),
    /** JSON Schema of the newest revision's parameters. */
    parameters: z.record(z.string(), z.unknown()),
    /** What was answered before and still holds: parameters that are gone, and values that are not allowed any more, are not in it. */
    answers: Parameters,
    /** With these answers and the defaults of what is new; null when something has to be answered first. */
    plan: TemplateUpdatePlan.nullable(),
  })
  .meta({ id: 'TemplateUpdate' })
export type TemplateUpdate = z.infer<typeof TemplateUpdate>

/** `parameters`: all answers, those that were given before too. */
export const PlanTemplateUpdate = z
  .strictObject({ parameters: Parameters })
  .meta({ id: 'PlanTemplateUpdate' })
export type PlanTemplateUpdate = z.infer<typeof PlanTemplateUpdate>

/** `revision`: the one that was looked at. */
export const PrepareTemplateUpdate = z
  .strictObject({ revision: CommitId, parameters: Parameters })
  .meta({ id: 'PrepareTemplateUpdate' })
export type PrepareTemplateUpdate = z.infer<typeof PrepareTemplateUpdate>

/** To be merged by the runner (`git.takeUpdate`). */
export const PreparedTemplateUpdate = z
  .object({
    /** What the template gives now; null when that is what it gave before, and only the record has moved on. */
    commit: z.string().nullable(),
    /** What it gave before: the parent of `commit`. */
    base: z.string(),
  })
  .meta({ id: 'PreparedTemplateUpdate' })
export type PreparedTemplateUpdate = z.infer<typeof PreparedTemplateUpdate>
