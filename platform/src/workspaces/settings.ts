import type { WorkspaceDocument } from '../fleet/document.ts'
import type { WorkspaceSettings } from '../protocol.ts'

export function settingsOf(document: WorkspaceDocument): WorkspaceSettings {
  return { ignoredFiles: document.spec.saves?.ignoredFiles ?? 'keep' }
}

/** The document with these settings changed; undefined when it says so already. */
export function withSettings(
  document: WorkspaceDocument,
  change: Partial<WorkspaceSettings>,
): WorkspaceDocument | undefined {
  const before = settingsOf(document)
  const ignoredFiles = change.ignoredFiles ?? before.ignoredFiles
  if (ignoredFiles === before.ignoredFiles) return undefined
  return { ...document, spec: { ...document.spec, saves: { ignoredFiles } } }
}
