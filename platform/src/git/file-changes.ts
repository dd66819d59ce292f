import type { FileContent } from './commit-files.ts'
import { hashObject } from './object-id.ts'
import type { TreeFile } from './read-files.ts'

export interface FileChange {
  path: string
  status: 'added' | 'modified' | 'deleted'
  /** null when it is deleted. */
  file: FileContent | null
}

/** What has to change in files that are `before` so that they are `after`, by path. */
export function fileChanges(before: TreeFile[], after: ReadonlyMap<string, FileContent>): FileChange[] {
  const changes = new Map<string, FileChange>()
  for (const [path, file] of after) changes.set(path, { path, status: 'added', file })
  for (const { path, oid, mode } of before) {
    const file = after.get(path)
    if (!file) changes.set(path, { path, status: 'deleted', file: null })
    else if (file.mode === mode && hashObject('blob', file.content) === oid) changes.delete(path)
    else changes.set(path, { path, status: 'modified', file })
  }
  return [...changes.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** As `commitFiles` takes them. */
export function toCommit(changes: FileChange[]): Map<string, FileContent | null> {
  return new Map(changes.map(({ path, file }) => [path, file]))
}
