/** The REST API under `/api/v1`: zod schemas of every body, the source of types, validation and the OpenAPI document. */
import { z } from 'zod'

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
  .strictObject({ repository: z.string().min(1).max(2048), ref: z.string().min(1).max(255).optional() })
  .meta({ id: 'RepositorySource' })

export const CreateWorkspace = z
  .strictObject({ name: Name.optional(), source: z.union([TemplateSource, RepositorySource]) })
  .meta({ id: 'CreateWorkspace' })
export type CreateWorkspace = z.input<typeof CreateWorkspace>

export const WorkspaceState = z.enum(['stopped', 'starting', 'running', 'stopping', 'failed', 'deleting'])
export type WorkspaceState = z.infer<typeof WorkspaceState>

/** A problem a person can act on: what happened and why, what to do. */
export const Reason = z.object({ code: z.string(), message: z.string() }).meta({ id: 'Reason' })

export const Workspace = z
  .object({
    id: Name,
    name: Name,
    owner: z.string(),
    source: z.union([
      z.object({ template: Name, revision: z.string(), parameters: Parameters }),
      z.object({ repository: z.string(), ref: z.string().nullable() }),
    ]),
    state: WorkspaceState,
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
    /** What keeps it apart from the machine it runs on. `none`: its processes run as the platform's user. */
    isolation: z.enum(['none', 'sandbox', 'pod']),
  })
  .meta({ id: 'Workspace' })
export type Workspace = z.infer<typeof Workspace>

export const Template = z
  .object({
    name: Name,
    title: z.string(),
    description: z.string(),
    /** Commit of the template repository that a workspace made now is rendered from. */
    revision: z.string(),
    /** JSON Schema (an object with properties of type string, number, integer or boolean). */
    parameters: z.record(z.string(), z.unknown()),
    run: z.string().nullable(),
    ports: z.array(Port),
  })
  .meta({ id: 'Template' })
export type Template = z.infer<typeof Template>

/** A commit on a save ref. */
export const Save = z
  .object({
    /** Commit id. */
    id: z.string(),
    /** ULID of the runner session that made it. */
    session: z.string(),
    /** ISO 8601. */
    at: z.string(),
    author: z.string(),
    message: z.string(),
  })
  .meta({ id: 'Save' })
export type Save = z.infer<typeof Save>

/** A text file of a save or commit; `content` is null when it is not there, or when `problem` says why not. */
export const FileAtCommit = z
  .object({ content: z.string().nullable(), problem: z.string().nullable() })
  .meta({ id: 'FileAtCommit' })
export type FileAtCommit = z.infer<typeof FileAtCommit>

export const CommitId = z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit id')

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
    isolation: z.enum(['none', 'sandbox', 'pod']),
    /** Hosts from which repositories may be opened over plain http or at private addresses. */
    allowedRepositoryHosts: z.array(z.string()),
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
