/** The REST API under `/api/v1`: zod schemas of every body, the source of types, validation and the OpenAPI document. */
import { z } from 'zod'
import { Port } from './protocol-values.ts'
import { Isolation } from './workspaces/protocol.ts'
import type { Workspace } from './workspaces/protocol.ts'

export * from './code-host/protocol.ts'
export * from './environment/protocol.ts'
export * from './history/protocol.ts'
export * from './protocol-values.ts'
export * from './repositories/protocol.ts'
export * from './sharing/protocol.ts'
export * from './template-updates/protocol.ts'
export * from './templates/protocol.ts'
export * from './workspaces/protocol.ts'

export const API_PREFIX = '/api/v1'

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
