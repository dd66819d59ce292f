/** Types and schemas of what the page asks of code hosts: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'

/** The code host of this installation, and the account there that one has connected. */
export const CodeHostAccount = z
  .object({
    /** `github.com` */
    host: z.string(),
    account: z.object({ login: z.string(), scopes: z.array(z.string()), connectedAt: z.string() }).nullable(),
  })
  .meta({ id: 'CodeHostAccount' })
export type CodeHostAccount = z.infer<typeof CodeHostAccount>

export const HostRepository = z
  .object({
    /** `owner/name` */
    name: z.string(),
    /** Its page. */
    url: z.string(),
    /** For git. */
    cloneUrl: z.string(),
    description: z.string().nullable(),
    private: z.boolean(),
    fork: z.boolean(),
    defaultBranch: z.string(),
    /** ISO 8601; null before the first push. */
    pushedAt: z.string().nullable(),
    mayPush: z.boolean(),
    /** `owner/name` of what it is a fork of, where that is told. */
    parent: z.string().nullable(),
  })
  .meta({ id: 'HostRepository' })
export type HostRepository = z.infer<typeof HostRepository>

/** `GET /code-host/repositories`: a page may have few that fit, or none, and not be the last. */
export const HostRepositoriesQuery = z.strictObject({
  /** Words that are all in the name or the description. */
  query: z.string().max(200).default(''),
  page: z.coerce.number().int().min(1).max(1000).default(1),
})

export const HostRepositories = z.object({
  repositories: z.array(HostRepository),
  next: z.number().int().nullable(),
})
export type HostRepositories = z.infer<typeof HostRepositories>

export const Check = z.object({
  name: z.string(),
  state: z.enum(['pending', 'passed', 'failed', 'skipped']),
  url: z.string().nullable(),
})
export type Check = z.infer<typeof Check>

export const PullRequest = z
  .object({
    number: z.number().int(),
    title: z.string(),
    url: z.string(),
    state: z.enum(['open', 'draft', 'merged', 'closed']),
    /** Branch that it is to be merged into. */
    into: z.string(),
    /** What of the branch it knows. */
    commit: z.string(),
    checks: z.array(Check),
  })
  .meta({ id: 'PullRequest' })
export type PullRequest = z.infer<typeof PullRequest>

/** Short name of a branch, as git allows it. */
export const BranchName = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (name) => !/^[-/.]|[/.]$|\.\.|\/\/|\/\.|@\{|\.lock(\/|$)|[\s~^:?*[\\\p{Cc}]/u.test(name),
    'must be the name of a branch',
  )

/** `commit`: what the branch is in the clone. */
export const PublicationQuery = z.strictObject({
  branch: BranchName,
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
})
export type PublicationQuery = z.input<typeof PublicationQuery>

/** How a branch of a workspace stands to the code host. */
export const Publication = z
  .object({
    /** Where the branch is pushed to; null: nowhere yet. */
    repository: HostRepository.nullable(),
    /** `owner/name` that pull requests go to: the repository itself, or what it was forked from. */
    base: z.string().nullable(),
    /** Default branch of `base`. */
    into: z.string().nullable(),
    /** Commit of the branch at the host; null when it is not there. */
    pushed: z.string().nullable(),
    /** Commits that the host lacks; null when that cannot be told, because it has others. */
    ahead: z.number().int().nullable(),
    pullRequest: PullRequest.nullable(),
  })
  .meta({ id: 'Publication' })
export type Publication = z.infer<typeof Publication>

export const PublishWorkspace = z.strictObject({
  /** `name`, or `organization/name`. */
  name: z
    .string()
    .max(140)
    .regex(
      /^([\w.-]+\/)?[\w.-]+$/,
      'must be letters, digits, dots, dashes and underscores; an organization and a slash may come before it',
    ),
  description: z.string().max(350).default(''),
  private: z.boolean(),
  branch: BranchName,
})
export type PublishWorkspace = z.input<typeof PublishWorkspace>

/** `commit`: what the branch is in the clone, which may not have been saved yet. */
export const PushBranch = z.strictObject({
  branch: BranchName,
  commit: z.string().regex(/^[0-9a-f]{40}$/),
})
export type PushBranch = z.infer<typeof PushBranch>

export const PullRequestDraft = z.object({ title: z.string(), body: z.string(), commits: z.number().int() })
export type PullRequestDraft = z.infer<typeof PullRequestDraft>

export const OpenPullRequest = z.strictObject({
  branch: BranchName,
  into: BranchName,
  title: z.string().trim().min(1).max(256),
  body: z.string().max(65_000),
  draft: z.boolean().default(false),
})
export type OpenPullRequest = z.input<typeof OpenPullRequest>
