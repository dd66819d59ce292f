import { z } from 'zod'
import type { Check, HostRepository, PullRequest } from '../../protocol.ts'

const Repository = z.object({
  full_name: z.string(),
  description: z.string().nullish(),
  private: z.boolean(),
  fork: z.boolean().default(false),
  default_branch: z.string().default('main'),
  pushed_at: z.string().nullish(),
  archived: z.boolean().default(false),
  permissions: z.object({ push: z.boolean().default(false) }).optional(),
  parent: z.object({ full_name: z.string() }).optional(),
})
const Pull = z.object({
  number: z.number(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().nullish(),
  merged_at: z.string().nullish(),
  html_url: z.string(),
  base: z.object({ ref: z.string() }),
  head: z.object({ sha: z.string() }),
})
const Run = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullish(),
  html_url: z.string().nullish(),
})
const Status = z.object({ context: z.string(), state: z.string(), target_url: z.string().nullish() })

/** What GitHub says of a repository; where it is follows from its name alone. */
export function toRepository(data: unknown): Omit<HostRepository, 'url' | 'cloneUrl'> {
  const parsed = Repository.parse(data)
  return {
    name: parsed.full_name,
    description: parsed.description ?? null,
    private: parsed.private,
    fork: parsed.fork,
    defaultBranch: parsed.default_branch,
    pushedAt: parsed.pushed_at ?? null,
    // Without a word on it, it is one's own.
    mayPush: (parsed.permissions?.push ?? true) && !parsed.archived,
    parent: parsed.parent?.full_name ?? null,
  }
}

export function toPullRequest(data: unknown, checks: Check[], web: string): PullRequest {
  const pull = Pull.parse(data)
  return {
    number: pull.number,
    title: pull.title,
    url: linkOf(pull.html_url, web) ?? web,
    state: stateOf(pull),
    into: pull.base.ref,
    commit: pull.head.sha,
    checks,
  }
}

export function isAlive(data: unknown): boolean {
  const state = stateOf(Pull.parse(data))
  return state === 'open' || state === 'draft'
}

export function toChecks(runs: unknown[], statuses: unknown[], web: string): Check[] {
  return [
    ...runs.map((data): Check => {
      const { name, status, conclusion, html_url } = Run.parse(data)
      const state = status === 'completed' ? toConclusion(conclusion ?? '') : 'pending'
      return { name, state, url: linkOf(html_url, web) }
    }),
    ...statuses.map((data): Check => {
      const { context, state, target_url } = Status.parse(data)
      return {
        name: context,
        state: state === 'success' ? 'passed' : state === 'pending' ? 'pending' : 'failed',
        url: linkOf(target_url, null),
      }
    }),
  ]
}

function stateOf({ state, draft, merged_at }: z.infer<typeof Pull>): PullRequest['state'] {
  if (merged_at) return 'merged'
  return state === 'open' && draft ? 'draft' : state
}

function toConclusion(conclusion: string): Check['state'] {
  if (conclusion === 'success') return 'passed'
  return conclusion === 'neutral' || conclusion === 'skipped' ? 'skipped' : 'failed'
}

/** A link that the page may show: to the host itself, or (`web` is null) to any page that is one. */
function linkOf(url: string | null | undefined, web: string | null): string | null {
  const parsed = url ? URL.parse(url) : null
  if (!parsed) return null
  if (web === null) return parsed.protocol === 'https:' ? parsed.href : null
  return parsed.origin === new URL(web).origin ? parsed.href : null
}
