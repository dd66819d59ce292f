/** Types and schemas of workspaces: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'
import { CommitId, Name, Parameters, Port, Reason } from '../protocol-values.ts'
import { linkPoint, PortShare } from '../sharing/protocol.ts'

export const TemplateSource = z
  .strictObject({ template: Name, parameters: Parameters.default({}) })
  .meta({ id: 'TemplateSource' })
export const RepositorySource = z
  .strictObject({
    /** A URL for git, or a link to anything of the repository at its host: a branch, a folder, a pull request. */
    repository: z.string().min(1).max(2048),
    /** Branch, tag or commit; what the link says when there is none. */
    ref: z.string().min(1).max(255).optional(),
  })
  .meta({ id: 'RepositorySource' })

/** A fork of one of your workspaces, as it was in a save or commit; without one, in the newest save. */
export const WorkspaceSource = z
  .strictObject({ workspace: Name, commit: CommitId.optional() })
  .meta({ id: 'WorkspaceSource' })

/** A fork of a workspace that somebody shares by a link: what follows `/shared/` in its address. */
export const LinkSource = z
  .strictObject({ link: z.string().min(1).max(2048), ...linkPoint })
  .meta({ id: 'LinkSource' })

export const CreateWorkspace = z
  .strictObject({
    name: Name.optional(),
    source: z.union([TemplateSource, RepositorySource, WorkspaceSource, LinkSource]),
  })
  .meta({ id: 'CreateWorkspace' })
export type CreateWorkspace = z.input<typeof CreateWorkspace>

export const WorkspaceState = z.enum(['stopped', 'starting', 'running', 'stopping', 'failed', 'deleting'])
export type WorkspaceState = z.infer<typeof WorkspaceState>

const FromTemplate = z.object({ template: Name, revision: z.string(), parameters: Parameters })
const FromRepository = z.object({
  repository: z.string(),
  ref: z.string().nullable(),
  /** Folder or file to show first. */
  path: z.string().nullable(),
})
export const FromOrigin = z.union([FromTemplate, FromRepository])
export type FromOrigin = z.infer<typeof FromOrigin>

export const Minutes = z
  .number()
  .int()
  .min(1)
  .max(30 * 24 * 60)

/** What a person may set of a workspace; declared in the fleet. */
export const WorkspaceSettings = z
  .strictObject({
    /** Ignored files that are saved in the editor: `keep` puts them into saves, `local` leaves them on the workspace's disk. */
    ignoredFiles: z.enum(['keep', 'local']),
    idle: z.strictObject({
      /** Minutes after the last activity in which the workspace stops; null: never. */
      stopAfter: Minutes.nullable(),
      /** The same while no page is open. */
      closedAfter: Minutes,
      /** Milliseconds since the epoch, before which it does not stop. */
      keepUntil: z.number().int().min(0).max(8.64e15).nullable(),
    }),
  })
  .meta({ id: 'WorkspaceSettings' })
export type WorkspaceSettings = z.infer<typeof WorkspaceSettings>

/** Names the commands and variables that files of a repository bring, as its runner tells them. */
export const SettingsDigest = z.string().regex(/^[0-9a-f]{64}$/, 'must be the digest of settings')

/** The owner's word on a repository: on the whole, and on the commands and variables that its files bring. */
export const ChangeTrust = z
  .strictObject({
    trusted: z.boolean().optional(),
    commands: z.strictObject({ digest: SettingsDigest, allowed: z.boolean() }).optional(),
  })
  .refine((change) => change.trusted !== undefined || change.commands !== undefined, 'must say something')
  .refine(
    ({ trusted, commands }) => trusted !== false || commands?.allowed !== true,
    'cannot allow commands of a repository that is not trusted',
  )
  .meta({ id: 'ChangeTrust' })
export type ChangeTrust = z.infer<typeof ChangeTrust>

/** What keeps workspaces apart from the machine they run on. `none`: their processes run as the platform's user. */
export const Isolation = z.object({
  kind: z.enum(['none', 'sandbox', 'pod']),
  /** Sentences about the parts that the machine does not allow. */
  missing: z.array(z.string()),
})
export type Isolation = z.infer<typeof Isolation>

/**
 * `queued`: others start first. `fetching`: the repository comes from its host, for the first time or with what is new.
 * `starting`: a place to run is made. Then the repository comes from the bucket, and the last save.
 */
export const StartStage = z.enum(['queued', 'fetching', 'starting', 'cloning', 'restoring'])
export type StartStage = z.infer<typeof StartStage>

export const Workspace = z
  .object({
    id: Name,
    name: Name,
    owner: z.string(),
    source: z.union([
      FromTemplate,
      FromRepository,
      /** `origin`: what the first of its parents was made from. */
      z.object({ workspace: Name, commit: CommitId, origin: FromOrigin }),
    ]),
    state: WorkspaceState,
    /** While it is `starting`: what is being done. */
    stage: StartStage.nullable(),
    /** Desired state: what the fleet repository says. */
    running: z.boolean(),
    /** Why it is `failed`; null otherwise. */
    reason: Reason.nullable(),
    /** ISO 8601. */
    createdAt: z.string(),
    /** Git URL of its remote, for a stock client. */
    remoteUrl: z.string(),
    /** Shell command of the Run button. */
    run: z.string().nullable(),
    /** Ports the template declares; the first is the preview's default. */
    ports: z.array(Port),
    settings: WorkspaceSettings,
    /** Whether its repository may have its owner's variables, and run commands of its own. */
    trusted: z.boolean(),
    /** What its owner said to which of its commands and variables; null when they were not asked. */
    commands: z.object({ digest: z.string(), allowed: z.boolean() }).nullable(),
    /** Ports that others may see; all the rest is private. */
    shares: z.array(PortShare),
    isolation: Isolation,
  })
  .meta({ id: 'Workspace' })
export type Workspace = z.infer<typeof Workspace>
