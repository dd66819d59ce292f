import { parseCommit } from '../git/commit.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { PackError } from '../git/pack-entry.ts'
import { TREE_MODE } from '../git/tree.ts'
import { diffTrees, readTreeEntries } from '../git/tree-diff.ts'
import { DocumentError, parseDocumentPath, parseWorkspaceDocument } from './document.ts'
import type { WorkspaceDocument } from './document.ts'

const FOLDER = 'workspaces'
/** Documents that are read at the same time. */
const AT_ONCE = 32

/** What is declared of a workspace at one commit and at a later one; null: nothing. */
export interface DocumentChange {
  before: WorkspaceDocument | null
  after: WorkspaceDocument | null
}

/** By id. */
export type DocumentChanges = Map<string, DocumentChange>

export interface FleetChanges {
  documents: DocumentChanges
  /** What operators want to have different has changed. */
  others: boolean
}

/**
 * What differs between two commits (`from` null: all are new). It costs what differs: folders that are
 * equal are not read. Throws a `DocumentError` when one is not valid.
 */
export async function compareFleet(
  objects: ObjectReader,
  from: string | null,
  to: string,
  known: ReadonlyMap<string, WorkspaceDocument>,
): Promise<FleetChanges> {
  const [old, next] = [await foldersOf(objects, from), await foldersOf(objects, to)]
  const others = from !== null && old.overrides !== next.overrides
  const added = new Map<string, { path: string; oid: string }>()
  const changes: DocumentChanges = new Map()
  for await (const change of diffTrees(objects, old.workspaces, next.workspaces)) {
    const path = `${FOLDER}/${change.path}`
    const { id } = parseDocumentPath(path)
    if (change.new) {
      if (added.has(id)) throw isTaken(path, id)
      added.set(id, { path, oid: change.new.oid })
      // One that is changed where it is belongs to nobody else.
      if (change.old) changes.set(id, { before: known.get(id) ?? null, after: null })
    } else changes.set(id, { before: known.get(id) ?? null, after: null })
  }
  for (const [id, { path }] of added)
    if (from !== null && known.has(id) && !changes.has(id)) throw isTaken(path, id)
  const files = [...added]
  for (let n = 0; n < files.length; n += AT_ONCE)
    await Promise.all(
      files.slice(n, n + AT_ONCE).map(async ([id, { path, oid }]) => {
        const after = await readDocument(objects, path, oid)
        changes.set(id, { before: known.get(id) ?? null, after })
      }),
    )
  // Without a commit to compare with, what is not there has gone.
  if (from === null)
    for (const [id, before] of known) if (!changes.has(id)) changes.set(id, { before, after: null })
  return { documents: changes, others }
}

async function foldersOf(
  objects: ObjectReader,
  commit: string | null,
): Promise<{ workspaces: string | null; overrides: string | null }> {
  if (commit === null) return { workspaces: null, overrides: null }
  const object = await objects.read(commit)
  if (object?.type !== 'commit') throw new PackError(`there is no commit ${commit}`)
  const entries = await readTreeEntries(objects, parseCommit(object.content).tree)
  const folder = (name: string): string | null =>
    entries.find(({ key, mode }) => key === name && mode === TREE_MODE)?.oid ?? null
  return { workspaces: folder(FOLDER), overrides: folder('overrides') }
}

async function readDocument(objects: ObjectReader, path: string, oid: string): Promise<WorkspaceDocument> {
  const blob = await objects.read(oid)
  if (blob?.type !== 'blob') throw new DocumentError(`${path}: is not a file`)
  return parseWorkspaceDocument(path, blob.content.toString())
}

function isTaken(path: string, id: string): DocumentError {
  return new DocumentError(`${path}: the id "${id}" belongs to another workspace`)
}
