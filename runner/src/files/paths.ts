import { lstat, realpath } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

import { isMissing, RunnerError } from '../errors.ts'

export interface WorkPath {
  absolute: string
  /** Path in git's terms: symbolic links among the parents are resolved. */
  relative: string
  /** Of the path itself, not of what a symbolic link points to; null when there is nothing. */
  stats: Stats | null
}

/** Resolves paths that pages name; `root` is the work tree. Everything outside and in `.git` is refused. */
export interface WorkPaths {
  /** The path itself: a symbolic link at its end is not followed. Throws `outside_workspace`. */
  locate(path: string): Promise<WorkPath>
  /** What the path leads to. Throws `not_found` or `outside_workspace`. */
  follow(path: string): Promise<string>
}

export function createWorkPaths(root: string): WorkPaths {
  async function locate(path: string): Promise<WorkPath> {
    if (path === '') return { absolute: root, relative: '', stats: await lstat(root) }
    const parent = await realParent(join(root, path))
    const inside = relativeInside(parent, path)
    const name = basename(path)
    const absolute = join(parent, name)
    return {
      absolute,
      relative: inside === '' ? name : `${inside}/${name}`,
      stats: await lstatIfPresent(absolute),
    }
  }

  async function follow(path: string): Promise<string> {
    const target = await realpathOf(path)
    relativeInside(target, path)
    return target
  }

  async function realpathOf(path: string): Promise<string> {
    try {
      return await realpath(join(root, path))
    } catch (error) {
      if (isMissing(error))
        throw new RunnerError('not_found', `There is no ${path} any more.`, { cause: error })
      throw error
    }
  }

  /** The parent may not exist yet: then its nearest existing ancestor decides. */
  async function realParent(absolute: string): Promise<string> {
    const parent = dirname(absolute)
    try {
      return await realpath(parent)
    } catch (error) {
      if (!isMissing(error) || parent === root || parent === dirname(parent)) throw error
      if ((await lstatIfPresent(parent))?.isSymbolicLink()) throw error
      return join(await realParent(parent), basename(parent))
    }
  }

  function relativeInside(target: string, path: string): string {
    const inside = relative(root, target)
    const segments = inside.split('/')
    if (segments[0] === '..' || segments.some((segment) => segment.toLowerCase() === '.git')) {
      throw new RunnerError('outside_workspace', `${path} leads outside of the workspace's files.`)
    }
    return inside
  }

  return { locate, follow }
}

/** null when there is nothing. */
export async function lstatIfPresent(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
