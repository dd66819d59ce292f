import { isDeepStrictEqual } from 'node:util'
import { originOf } from '../fleet/document.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import type { ChangeTrust } from '../protocol.ts'

/**
 * Whether a workspace may have what is its owner's (variables, secrets) and run commands that its repository brings.
 * Whoever adds a template answers for it; a repository that came by its address is trusted when its owner has said so.
 */
export function isTrusted(document: WorkspaceDocument): boolean {
  return document.spec.trusted ?? 'template' in originOf(document)
}

/** Commands that files bring run only as they were shown: `reviewed` is the digest of these, `any`, or null for none. */
export function trustOf(document: WorkspaceDocument): { trusted: boolean; reviewed: string | null } {
  const { commands } = document.spec
  // Of a fork that was not trusted at first the files may be somebody else's, whatever template they began as.
  const isOwnTemplate = document.spec.trusted === undefined && 'template' in originOf(document)
  const reviewed = isOwnTemplate ? 'any' : commands?.allowed ? commands.digest : null
  return { trusted: isTrusted(document), reviewed }
}

/** The document with the owner's word on it; undefined when it says so already. */
export function withTrust(document: WorkspaceDocument, change: ChangeTrust): WorkspaceDocument | undefined {
  const before = { trusted: isTrusted(document), commands: document.spec.commands }
  const trusted = change.trusted ?? before.trusted
  const said = change.commands ?? before.commands
  // What was allowed to a repository that is not trusted any more is asked anew.
  const commands = !trusted && said?.allowed ? undefined : said
  if (isDeepStrictEqual(before, { trusted, commands })) return undefined
  const { commands: _, ...spec } = document.spec
  return {
    ...document,
    spec: { ...spec, ...(trusted !== before.trusted && { trusted }), ...(commands && { commands }) },
  }
}
