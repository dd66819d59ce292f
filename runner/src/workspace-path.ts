import { z } from 'zod'

/** A path inside the workspace: relative, `/`-separated, no `.`/`..`/empty segment, nothing inside `.git`. '' is the root. */
export const WorkspacePath = z
  .string()
  .max(4096)
  .refine(isWorkspacePath, 'must be a relative path inside the workspace')

/** The same without the root. */
export const FilePath = WorkspacePath.refine((path) => path !== '', 'must name a file or a folder')

/** True for a path that `WorkspacePath` accepts. */
export function isWorkspacePath(path: string): boolean {
  if (path === '') return true
  if (path.includes('\0') || path.startsWith('/')) return false
  return path
    .split('/')
    .every(
      (segment) => segment !== '' && segment !== '.' && segment !== '..' && segment.toLowerCase() !== '.git',
    )
}
