import { originOf } from '../fleet/document.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'

/**
 * Whether a workspace may have what is its owner's (variables, secrets) and run commands that its repository brings.
 * Whoever adds a template answers for it; a repository that came by its address is trusted when its owner has said so.
 */
export function isTrusted(document: WorkspaceDocument): boolean {
  return document.spec.trusted ?? 'template' in originOf(document)
}

/** The document with the owner's word on it; undefined when it says so already. */
export function withTrust(document: WorkspaceDocument, trusted: boolean): WorkspaceDocument | undefined {
  if (isTrusted(document) === trusted) return undefined
  return { ...document, spec: { ...document.spec, trusted } }
}
