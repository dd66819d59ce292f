import { readFile, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { isMissing } from '../errors.ts'

/** Where a nested repository has its own `.git`. */
export interface NestedGitDir {
  /** Absolute. */
  path: string
  /** Below the workspace's `.git`, as a submodule's is: `modules/lib`; null when it lies in the nested work tree. */
  module: string | null
}

/**
 * Finds the git directory of the repository at `work`; a sentence says why it cannot be kept. null: there is none.
 * `root` is the workspace's work tree; what a `.git` file points to outside of it is nobody's business.
 */
export async function findGitDir(root: string, work: string): Promise<NestedGitDir | string | null> {
  const dotGit = join(work, '.git')
  try {
    const path = (await stat(dotGit)).isDirectory() ? dotGit : await followFile(work, dotGit)
    const own = await realpath(path)
    const modules = `${join(await realpath(root), '.git')}/`
    if (await isThere(join(own, 'commondir'))) return 'it is a linked work tree: only its files are kept'
    if (await isThere(join(own, 'shallow')))
      return 'it is a shallow clone: only its files are kept, not its history'
    if (/^\s*promisor\s*=\s*true/im.test(await readFile(join(own, 'config'), 'utf8')))
      return 'it is a partial clone: only its files are kept, not its history'
    if (own.startsWith(`${modules}modules/`)) return { path: own, module: own.slice(modules.length) }
    if (own === join(await realpath(work), '.git')) return { path: own, module: null }
    return 'its .git is somewhere else: only its files are kept'
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

async function followFile(work: string, dotGit: string): Promise<string> {
  const [, target = ''] = /^gitdir: (.*)$/m.exec(await readFile(dotGit, 'utf8')) ?? []
  return resolve(work, target)
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
