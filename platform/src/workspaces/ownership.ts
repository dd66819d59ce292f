import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import type { Fleet } from '../fleet/fleet.ts'

/** What is declared of a person's own workspace. Throws an `AppError` when it is not theirs. */
export async function ownDocument(fleet: Fleet, owner: Identity, id: string): Promise<WorkspaceDocument> {
  const document = (await fleet.snapshot()).workspaces.get(id)
  // Somebody else's workspace is as unknown as one that does not exist.
  if (document?.metadata.owner !== owner.name) throw workspaceNotFound(id)
  return document
}

export function workspaceNotFound(id: string): AppError {
  return new AppError(404, 'workspace_not_found', `There is no workspace named "${id}".`)
}
