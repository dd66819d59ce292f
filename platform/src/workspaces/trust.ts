import { isDeepStrictEqual } from 'node:util'
import { originOf } from '../fleet/document.ts'
import type { Origin, WorkspaceDocument } from '../fleet/document.ts'
import type { ChangeTrust } from '../protocol.ts'
import { isOwnTemplate } from '../templates/names.ts'

/** What was said of something that workspaces are made from, for those that are made of it. */
export interface Standing {
  trusted: boolean
  /** Settings that may run; only of what is trusted. */
  commands?: { digest: string; allowed: true }
}

/**
 * Whether a workspace may have what is its owner's (variables, secrets) and run commands that its repository brings.
 * Whoever adds a template to the catalogue answers for it; what came by its address, repository or template, is trusted
 * when its owner has said so.
 */
export function isTrusted(document: WorkspaceDocument): boolean {
  return document.spec.trusted ?? isOfCatalogue(originOf(document))
}

/** Commands that files bring run only as they were shown: `reviewed` is the digest of these, `any`, or null for none. */
export function trustOf(document: WorkspaceDocument): { trusted: boolean; reviewed: string | null } {
  const { commands } = document.spec
  const reviewed = isVouchedFor(document) ? 'any' : commands?.allowed ? commands.digest : null
  return { trusted: isTrusted(document), reviewed }
}

/** Whether everything that it begins with is of the catalogue. */
export function isVouchedFor(document: WorkspaceDocument): boolean {
  // Of a fork that was not trusted at first the files may be somebody else's, whatever template they began as.
  return document.spec.trusted === undefined && isOfCatalogue(originOf(document))
}

/** What a template of a workspace begins with: neither more nor less than what holds for the workspace. */
export function standingOf(document: WorkspaceDocument): Standing {
  const { trusted, reviewed } = trustOf(document)
  if (!trusted) return { trusted }
  return { trusted, ...(reviewed !== null && { commands: { digest: reviewed, allowed: true } }) }
}

function isOfCatalogue(origin: Origin): boolean {
  return 'template' in origin && !isOwnTemplate(origin.template)
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
