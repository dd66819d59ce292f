/** The REST API under `/api/v1`: zod schemas of every body, the source of types, validation and the OpenAPI document. */
import { z } from 'zod'

export * from './code-host/protocol.ts'
export * from './template-updates/protocol.ts'

export const API_PREFIX = '/api/v1'

/** A workspace or template name: a DNS label without `--`, so that it can be part of a host name. */
export const Name = z
  .string()
  .min(1)
  .max(40)
  .regex(
    /^[a-z]([a-z0-9]|-(?!-))*(?<!-)$/,
    'must be lower-case letters, digits and single hyphens, starting with a letter',
  )
  .meta({ id: 'Name' })

export const Port = z.number().int().min(1).max(65535)

/** Values for a template's parameters; the template's own JSON Schema decides what is allowed. */
export const Parameters = z.record(
  z.string().max(64),
  z.union([z.string().max(10_000), z.number(), z.boolean()]),
)

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

/** `POST /host-credentials`: `repository` as it was pasted; hosts that take a token take any name with it. */
export const IntroduceYourself = z
  .strictObject({
    repository: z.string().min(1).max(2048),
    username: z.string().max(255).default(''),
    token: z.string().min(1).max(4096),
  })
  .meta({ id: 'IntroduceYourself' })
export type IntroduceYourself = z.input<typeof IntroduceYourself>

export const CommitId = z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit id')

/** A fork of one of your workspaces, as it was in a save or commit; without one, in the newest save. */
export const WorkspaceSource = z
  .strictObject({ workspace: Name, commit: CommitId.optional() })
  .meta({ id: 'WorkspaceSource' })

/** An entry of the history that a link shows: `seal` comes with it. Without one, the newest save is meant. */
const linkPoint = { commit: CommitId.optional(), seal: z.string().max(64).optional() }

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

/** A problem a person can act on: what happened and why, what to do. */
export const Reason = z.object({ code: z.string(), message: z.string() }).meta({ id: 'Reason' })

const FromTemplate = z.object({ template: Name, revision: z.string(), parameters: Parameters })
const FromRepository = z.object({
  repository: z.string(),
  ref: z.string().nullable(),
  /** Folder or file to show first. */
  path: z.string().nullable(),
})
const FromOrigin = z.union([FromTemplate, FromRepository])
export type FromOrigin = z.infer<typeof FromOrigin>

const Minutes = z
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

/** Set by the workspace itself; a terminal without the right ones is of no use. */
const OWN_VARIABLES = /^(PATH|HOME|PWD|OLDPWD|SHELL|USER|LOGNAME|TERM|SHLVL|_|CODENEST_.*)$/

export const VariableName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and underscores, not beginning with a digit')
  .refine((name) => !OWN_VARIABLES.test(name), 'is set by the workspace itself')
  .meta({ id: 'VariableName' })

/** Variables to set and to remove; all others stay. */
export const ChangeVariables = z
  .strictObject({
    set: z
      .record(
        VariableName,
        z
          .string()
          .max(32_768)
          .refine((value) => !value.includes('\0'), 'must be a text without NUL characters'),
      )
      .default({}),
    remove: z.array(z.string().max(128)).max(200).default([]),
  })
  .meta({ id: 'ChangeVariables' })
export type ChangeVariables = z.infer<typeof ChangeVariables>

/** A variable of which the value is kept, and told to nobody. */
export const Variable = z
  .object({
    name: z.string(),
    /** ISO 8601. */
    changedAt: z.string(),
  })
  .meta({ id: 'Variable' })
export type Variable = z.infer<typeof Variable>

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

/** `private`: the owner. `signed-in`: everybody who is signed in here. `link`: whoever has a link. */
export const PortVisibility = z.enum(['private', 'signed-in', 'link'])

export const ShareLink = z.object({
  id: z.string(),
  /** ISO 8601. */
  expiresAt: z.string(),
})
export type ShareLink = z.infer<typeof ShareLink>

export const PortShare = z.object({ port: Port, visibility: PortVisibility, links: z.array(ShareLink) })
export type PortShare = z.infer<typeof PortShare>

export const CreateShareLink = z.strictObject({
  /** Until it expires. */
  minutes: z
    .number()
    .int()
    .min(1)
    .max(30 * 24 * 60),
})

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

export const Template = z
  .object({
    name: Name,
    title: z.string(),
    description: z.string(),
    /** Word for its drawing. */
    icon: z.string(),
    /** What it is found by. */
    tags: z.array(z.string()),
    /** Commit of the template repository that a workspace made now is rendered from. */
    revision: z.string(),
    /**
     * JSON Schema (an object with properties of type string, number, integer or boolean). A property with `when` is
     * there only while the parameters that it names have the value, or one of the values, that it gives.
     */
    parameters: z.record(z.string(), z.unknown()),
    run: z.string().nullable(),
    ports: z.array(Port),
    /** Why it cannot be used; null when it can. */
    problem: z.string().nullable(),
    /** Of one's own template where it is from; null for those of the catalogue. */
    own: z
      .object({
        source: z.union([
          z.object({ workspace: Name, commit: CommitId }),
          z.object({
            repository: z.string(),
            ref: z.string().optional(),
            /** Of the repository. */
            commit: CommitId,
            fetchedAt: z.string(),
          }),
        ]),
        createdAt: z.string(),
        /** Whether new workspaces of it are trusted from the start, as the one was that it was made of. */
        trusted: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'Template' })
export type Template = z.infer<typeof Template>

/** A template of the newest save of a workspace. */
export const TemplateOfWorkspace = z
  .strictObject({
    workspace: Name,
    title: z.string().trim().min(1).max(80),
    description: z.string().trim().min(1).max(300),
  })
  .meta({ id: 'TemplateOfWorkspace' })
/** `POST /templates`: of a workspace, or of a repository that has a `template.yaml` at its root. */
export const CreateTemplate = z.union([TemplateOfWorkspace, RepositorySource]).meta({ id: 'CreateTemplate' })
export type CreateTemplate = z.input<typeof CreateTemplate>

/** `POST /templates/{name}/preview`: what a workspace with these parameters would begin with. */
export const PreviewTemplate = z
  .strictObject({ parameters: Parameters.default({}) })
  .meta({ id: 'PreviewTemplate' })
export type PreviewTemplate = z.input<typeof PreviewTemplate>

export const TemplatePreview = z
  .object({
    revision: z.string(),
    run: z.string().nullable(),
    ports: z.array(Port),
    /** By path. */
    files: z.array(
      z.object({
        path: z.string(),
        /** As git writes it: `100644`, `100755`, `120000`. */
        mode: z.string(),
        /** Bytes. */
        size: z.number().int(),
        /** null when it is not text, or too large to be shown. */
        content: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'TemplatePreview' })
export type TemplatePreview = z.infer<typeof TemplatePreview>

/** A text file of a save or commit; `content` is null when it is not there, or when `problem` says why not. */
export const FileAtCommit = z
  .object({ content: z.string().nullable(), problem: z.string().nullable() })
  .meta({ id: 'FileAtCommit' })
export type FileAtCommit = z.infer<typeof FileAtCommit>

/** A path below the work tree with `/` between its parts: no empty part, no `.`, `..` or `.git`. */
export const WorkPath = z
  .string()
  .min(1)
  .max(4096)
  .refine(
    (path) => !path.includes('\0') && path.split('/').every((part) => !/^(\.{0,2}|\.git)$/i.test(part)),
    'must be a path like src/main.ts, below the workspace',
  )

/** `GET /workspaces/{id}/history`: which part of the timeline. */
export const HistoryQuery = z
  .strictObject({
    /** Only entries in which this file or folder changed. */
    path: WorkPath.optional(),
    /** `next` of the page before. */
    cursor: z.string().max(8192).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  })
  .meta({ id: 'HistoryQuery' })
export type HistoryQuery = z.input<typeof HistoryQuery>

/** A save of a workspace, or a commit of its user. */
export const HistoryEntry = z
  .object({
    /** Commit id. */
    id: CommitId,
    kind: z.enum(['save', 'commit']),
    /** ULID of the session that made the save; null for a commit. */
    session: z.string().nullable(),
    /** ISO 8601. */
    at: z.string(),
    author: z.string(),
    /** First line of the message. */
    message: z.string(),
    /** What `files` and `bytes` are a difference to: the save before, or the commit's first parent; null for nothing. */
    parent: CommitId.nullable(),
    /** Files that differ from `parent`; at least so many when `more`. */
    files: z.number().int(),
    more: z.boolean(),
    /** The first of them, at most 10. */
    paths: z.array(z.string()),
    /** Size of the files that were added or changed, as they are here; those that were counted. */
    bytes: z.number().int(),
    /**
     * In the timeline of one path: what is there in this entry, null when nothing is any more. `oid` names the
     * content, so equal ones are equal files; `size` in bytes is null for a folder.
     */
    file: z
      .object({ oid: z.string(), mode: z.string(), size: z.number().int().nullable() })
      .nullable()
      .optional(),
  })
  .meta({ id: 'HistoryEntry' })
export type HistoryEntry = z.infer<typeof HistoryEntry>

/**
 * A page of the timeline, newest first. `next` is the cursor of the next page, null at the end. A page may have fewer
 * entries than asked for, even none, and not be the last: then the search for a path went as far as one request may.
 */
export const HistoryPage = z
  .object({ entries: z.array(HistoryEntry), next: z.string().nullable() })
  .meta({ id: 'HistoryPage' })
export type HistoryPage = z.infer<typeof HistoryPage>

export const CreateReadLink = z
  .strictObject({
    /** Until it expires. */
    minutes: z
      .number()
      .int()
      .min(1)
      .max(366 * 24 * 60),
    /** Whether it shows what came before the newest save, too. */
    history: z.boolean().default(false),
  })
  .meta({ id: 'CreateReadLink' })
export type CreateReadLink = z.input<typeof CreateReadLink>

/** A link by which anybody may look at the files of a workspace, as of its newest save. */
export const ReadLink = z
  .object({
    id: z.string(),
    history: z.boolean(),
    /** ISO 8601. */
    createdAt: z.string(),
    expiresAt: z.string(),
    url: z.string(),
  })
  .meta({ id: 'ReadLink' })
export type ReadLink = z.infer<typeof ReadLink>

/** What a link shows first. */
export const SharedWorkspace = z
  .object({
    name: Name,
    owner: z.string(),
    history: z.boolean(),
    /** ISO 8601. */
    expiresAt: z.string(),
    /** The newest save, or a commit where there is no save yet. */
    commit: CommitId,
    savedAt: z.string(),
    /** Who is signed in in this browser; null: nobody. */
    viewer: z.string().nullable(),
  })
  .meta({ id: 'SharedWorkspace' })
export type SharedWorkspace = z.infer<typeof SharedWorkspace>

/** Which folder or file of which save. */
export const SharedPlace = z.strictObject({ path: WorkPath.optional(), ...linkPoint })
export type SharedPlace = z.input<typeof SharedPlace>

/** Folders first, then by name. */
export const SharedFolder = z
  .object({
    entries: z.array(
      z.object({ name: z.string(), kind: z.enum(['folder', 'file', 'symlink', 'submodule']) }),
    ),
    /** There are more than 5,000. */
    truncated: z.boolean(),
  })
  .meta({ id: 'SharedFolder' })
export type SharedFolder = z.infer<typeof SharedFolder>

export const SharedHistoryQuery = z.strictObject({ cursor: z.string().max(8300).optional() })

/** A page of what came before the newest save, newest first. */
export const SharedHistory = z
  .object({ entries: z.array(HistoryEntry.extend({ seal: z.string() })), next: z.string().nullable() })
  .meta({ id: 'SharedHistory' })
export type SharedHistory = z.infer<typeof SharedHistory>

/** The saves of one session, from a start of the workspace to its stop. */
export const SaveSession = z
  .object({
    /** ULID. */
    id: z.string(),
    /** Its newest save. */
    tip: CommitId,
    /** ISO 8601, of the session's beginning and of its newest save. */
    begunAt: z.string(),
    at: z.string(),
    /** How many saves it has; null when there are too many to be counted for an answer. */
    saves: z.number().int().nullable(),
    /** Branch that was checked out (`refs/heads/main`), or a commit. */
    head: z.string(),
    /** The one that a start continues. */
    current: z.boolean(),
    /**
     * It has saves that the current one has not taken in: offer a comparison of `base` with `tip`, and a merge of
     * `tip` (`saves.merge` of the runner).
     */
    stray: z.boolean(),
    /** Of a stray session: what both have in common, a save or a commit; null when that is nothing. */
    base: CommitId.nullable(),
  })
  .meta({ id: 'SaveSession' })
export type SaveSession = z.infer<typeof SaveSession>

/** Newest first: all that are stray, and the newest of the others. */
export const SaveSessions = z
  .object({
    sessions: z.array(SaveSession),
    /** Older ones, which are not listed. */
    older: z.number().int(),
  })
  .meta({ id: 'SaveSessions' })
export type SaveSessions = z.infer<typeof SaveSessions>

/** `GET /workspaces/{id}/commits/{commit}/changes`: `from` is the save or commit before it unless it is given. */
export const ChangesQuery = z
  .strictObject({ from: CommitId.optional(), path: WorkPath.optional() })
  .meta({ id: 'ChangesQuery' })
export type ChangesQuery = z.input<typeof ChangesQuery>

const ChangedSide = z.object({ oid: z.string(), mode: z.string(), size: z.number().int().nullable() })

/** A file that differs between two commits. */
export const ChangedFile = z
  .object({
    path: z.string(),
    /** `type`: a file has become a link, a submodule or the like. */
    status: z.enum(['added', 'modified', 'deleted', 'type']),
    /** Mode as git writes it (`100644`, `100755`, `120000`, `160000`), size in bytes; null where there is no file. */
    old: ChangedSide.nullable(),
    new: ChangedSide.nullable(),
    /** Not text; null when it was not looked at, because there are so many or it is too large. */
    binary: z.boolean().nullable(),
    /** Larger than the editor opens, on either side. */
    tooLarge: z.boolean(),
  })
  .meta({ id: 'ChangedFile' })
export type ChangedFile = z.infer<typeof ChangedFile>

/** What differs between two commits, by path. */
export const Changes = z
  .object({
    /** null: compared with nothing, for the commit is the first. */
    from: CommitId.nullable(),
    to: CommitId,
    files: z.array(ChangedFile),
    /** There are more than 1,000. */
    truncated: z.boolean(),
  })
  .meta({ id: 'Changes' })
export type Changes = z.infer<typeof Changes>

/** Restores a workspace that is stopped; `path` is a file or a folder, null everything. */
export const Restore = z.strictObject({ commit: CommitId, path: WorkPath.nullable() }).meta({ id: 'Restore' })
export type Restore = z.input<typeof Restore>

/** Where and with what the page connects to a workspace's runner. */
export const Connection = z
  .object({ url: z.string(), token: z.string(), expiresAt: z.string() })
  .meta({ id: 'Connection' })
export type Connection = z.infer<typeof Connection>

export const OpenPreview = z
  .strictObject({ port: Port, path: z.string().max(2048).startsWith('/').default('/') })
  .meta({ id: 'OpenPreview' })
/** `url` works once, within a minute: it signs the browser in at the preview's own origin. */
export const Preview = z.object({ url: z.string(), origin: z.string() }).meta({ id: 'Preview' })
export type Preview = z.infer<typeof Preview>

/** A password for stock git clients. */
export const GitToken = z
  .object({ username: z.string(), token: z.string(), expiresAt: z.string() })
  .meta({ id: 'GitToken' })
export type GitToken = z.infer<typeof GitToken>

/** Who is signed in, and what this installation allows. */
export const Session = z
  .object({
    owner: z.string(),
    version: z.string(),
    isolation: Isolation,
    /** Hosts from which repositories may be opened over plain http or at private addresses. */
    allowedRepositoryHosts: z.array(z.string()),
    /** Host of the repositories that one can list and publish to (`github.com`); null when there is none. */
    codeHost: z.string().nullable(),
    /** Days for which every save is kept; after that the last session of each day. */
    keepSavesDays: z.number().int(),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

/** `application/problem+json` (RFC 9457). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    /** What happened, why, and what to do. */
    detail: z.string(),
    /** Places in the request body that are wrong. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

/**
 * `GET /events`, server-sent events: `snapshot` with all workspaces at once, then `workspace` for each that changes
 * and `workspace-removed` for each that goes.
 */
export interface PlatformEvents {
  snapshot: { workspaces: Workspace[] }
  workspace: Workspace
  'workspace-removed': { id: string }
}
