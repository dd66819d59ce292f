import { parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import type { Resources } from '../engines/engine.ts'
import { closestIssues } from '../schema-issues.ts'
import { CommitId, Name, Parameters, Port, WorkPath, SettingsDigest } from '../protocol.ts'

export const OwnerName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/)

const TemplateSource = z.strictObject({
  template: Name,
  revision: CommitId,
  parameters: Parameters.default({}),
})
const RepositorySource = z.strictObject({
  repository: z.string().min(1).max(2048),
  /** Branch, tag, full ref or commit. */
  ref: z.string().min(1).max(255).optional(),
  /** Folder or file that the page shows first. */
  path: WorkPath.optional(),
})
/** What a workspace was made from, where it was not made from another one. */
const Origin = z.union([TemplateSource, RepositorySource])
export type Origin = z.infer<typeof Origin>

/**
 * A workspace as it was in a save or commit. `origin` is its own: a fork is run, and fetches, like its parent. `shared`:
 * somebody else's, by a link; then it begins with the files alone.
 */
const ForkSource = z.strictObject({
  workspace: Name,
  commit: CommitId,
  origin: Origin,
  shared: z.literal(true).optional(),
})
export type ForkSource = z.infer<typeof ForkSource>

const Bytes = z.string().regex(/^[1-9]\d{0,5}[MG]i$/, 'must be a size like 512Mi or 2Gi')
/** A port that others may see, in one session of the runner. */
const Share = z.strictObject({
  port: Port,
  visibility: z.enum(['signed-in', 'link']),
  session: z.string().max(40),
  links: z
    .array(z.strictObject({ id: z.string().regex(/^[\w-]{1,40}$/), expiresAt: z.iso.datetime() }))
    .max(100),
})
export type Share = z.infer<typeof Share>

/** How many links a workspace may have. */
export const MOST_READ_LINKS = 20
/** A link by which anybody may look at the newest save, and with `history` at what came before it. */
const ReadLink = z.strictObject({
  id: z.string().regex(/^[\w-]{1,40}$/),
  history: z.boolean(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})
export type ReadLink = z.infer<typeof ReadLink>

const Duration = z.string().regex(/^[1-9]\d{0,4}[mh]$/, 'must be a time like 30m or 8h')
/** When it stops by itself. */
const Idle = z.strictObject({
  /** After the last activity. */
  stopAfter: z.union([z.literal('never'), Duration]).optional(),
  /** The same while no page is open. */
  closedAfter: Duration.optional(),
  keepUntil: z.iso.datetime().nullable().optional(),
})

/** What a workspace may use at most, as Kubernetes writes it. */
export const DeclaredResources = z.strictObject({
  /** Processors: "2", "0.5". */
  cpu: z
    .string()
    .regex(/^(0\.[1-9]|[1-9]\d{0,2}(\.\d)?)$/, 'must be a number of processors like "2" or "0.5"')
    .optional(),
  memory: Bytes.optional(),
  storage: Bytes.optional(),
})

/** `workspaces/<owner>/<id>.yaml`: the desired state of one workspace. */
export const WorkspaceDocument = z.strictObject({
  apiVersion: z.literal('codenest.dev/v1'),
  kind: z.literal('Workspace'),
  metadata: z.strictObject({
    name: Name,
    owner: OwnerName,
    createdAt: z.iso.datetime(),
  }),
  spec: z.strictObject({
    source: z.union([TemplateSource, RepositorySource, ForkSource]),
    running: z.boolean(),
    /** An update from its template that is in none of its branches yet; when it is, `source` has its revision and answers. */
    update: z
      .strictObject({ revision: CommitId, parameters: Parameters.default({}), commit: CommitId })
      .optional(),
    resources: DeclaredResources.optional(),
    idle: Idle.optional(),
    shares: z.array(Share).max(100).optional(),
    /** Repository at a code host that its branches are pushed to, where it is not the one that it was opened from. */
    published: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional(),
    links: z.array(ReadLink).max(MOST_READ_LINKS).optional(),
    /** Its owner's word on the repository, where that is not what is said of all of its kind: see `isTrusted`. */
    trusted: z.boolean().optional(),
    /** What they said to the commands and variables of its files; `any`, as one writes it by hand, is whatever these say. */
    commands: z
      .strictObject({ digest: z.union([z.literal('any'), SettingsDigest]), allowed: z.boolean() })
      .optional(),
    /** What becomes of ignored files that are saved in the editor: `keep` puts them into saves (the default), `local` does not. */
    saves: z.strictObject({ ignoredFiles: z.enum(['keep', 'local']) }).optional(),
  }),
})
export type WorkspaceDocument = z.infer<typeof WorkspaceDocument>

/** The template or repository that a workspace goes back to. */
export function originOf({ spec: { source } }: WorkspaceDocument): Origin {
  return 'workspace' in source ? source.origin : source
}

/** The document of a workspace that was brought to a revision of its template, with these answers. */
export function withRevision(
  document: WorkspaceDocument,
  revised: { revision: string; parameters: Record<string, string | number | boolean> },
): WorkspaceDocument {
  const origin = originOf(document)
  if (!('template' in origin)) return document
  const { update: _, source, ...spec } = document.spec
  const next = { ...origin, ...revised }
  return {
    ...document,
    spec: { source: 'workspace' in source ? { ...source, origin: next } : next, ...spec },
  }
}

const DEFAULT_RESOURCES = { cpu: '2', memory: '2Gi', storage: '10Gi' }

/** In processors and bytes; without a document, what a workspace gets that asks for nothing. */
export function resourcesOf(document?: WorkspaceDocument): Resources {
  return toResources(document?.spec.resources)
}

/** In processors and bytes: what is declared, and the defaults for what is not. */
export function toResources(declared?: z.infer<typeof DeclaredResources>): Resources {
  const { cpu, memory, storage } = { ...DEFAULT_RESOURCES, ...declared }
  return { cpu: Number(cpu), memory: toBytes(memory), storage: toBytes(storage) }
}

function toBytes(size: string): number {
  return Number(size.slice(0, -2)) * (size.endsWith('Gi') ? 2 ** 30 : 2 ** 20)
}

/** The document is not one; the message names the line or key. */
export class DocumentError extends Error {
  override name = 'DocumentError'
}

const PATH = /^workspaces\/([^/]+)\/([^/]+)\.yaml$/

export function documentPath(owner: string, id: string): string {
  return `workspaces/${owner}/${id}.yaml`
}

/** Owner and id that a path below `workspaces/` stands for. Throws a `DocumentError`. */
export function parseDocumentPath(path: string): { owner: string; id: string } {
  const [, owner, id] = PATH.exec(path) ?? []
  if (!OwnerName.safeParse(owner).success || !Name.safeParse(id).success)
    throw new DocumentError(`${path}: a workspace is declared in workspaces/<owner>/<id>.yaml`)
  return { owner: owner ?? '', id: id ?? '' }
}

/** Reads a document that stands at `path`. Throws a `DocumentError`. */
export function parseWorkspaceDocument(path: string, text: string): WorkspaceDocument {
  const { owner } = parseDocumentPath(path)
  const document = readYaml(path, text, WorkspaceDocument)
  if (document.metadata.owner !== owner)
    throw new DocumentError(`${path}: metadata.owner must be "${owner}", as the folder says`)
  return document
}

/** Reads the text of a file of the fleet. Throws a `DocumentError`. */
export function readYaml<S extends z.ZodType>(path: string, text: string, schema: S): z.infer<S> {
  const yaml = parseDocument(text)
  const [problem] = yaml.errors
  if (problem) throw new DocumentError(`${path}: ${problem.message.split('\n')[0]}`)
  const parsed = schema.safeParse(yaml.toJS({ maxAliasCount: 0 }))
  if (parsed.success) return parsed.data
  const issues = closestIssues(parsed.error.issues).map(
    ({ path: key, message }) => `${key.join('.') || 'document'}: ${message}`,
  )
  throw new DocumentError(`${path}: ${issues.join('; ')}`)
}

export function writeWorkspaceDocument(document: WorkspaceDocument): string {
  return stringify(document, { lineWidth: 0 })
}
