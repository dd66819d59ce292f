import { readlink, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'

import { isWorkspacePath } from '../workspace-path.ts'

/**
 * Which files of the workspace are meant by paths that a program printed: absolute ones, or from the folder where the
 * terminal's shell is, or from the root of the workspace. null for what is no file there.
 */
export async function resolvePaths(
  work: string,
  pid: number | null,
  paths: string[],
): Promise<(string | null)[]> {
  const here = pid === null ? null : await readlink(`/proc/${pid}/cwd`).catch(() => null)
  const root = await realpath(work)
  return Promise.all(paths.map((path) => find(root, here ?? root, path)))
}

async function find(root: string, here: string, path: string): Promise<string | null> {
  const candidates = isAbsolute(path) ? [path] : [resolve(here, path), join(root, path)]
  for (const candidate of candidates) {
    const real = await realpath(candidate).catch(() => null)
    if (real === null || !(await stat(real)).isFile()) continue
    const inside = relative(root, real)
    if (!inside.startsWith('..') && isWorkspacePath(inside)) return inside
  }
  return null
}
