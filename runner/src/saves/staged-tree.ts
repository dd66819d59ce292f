import { copyFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from '../errors.ts'
import { EMPTY_TREE_OID } from '../git/objects.ts'
import { git, GitError } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'

export interface StagedTree {
  /** Tree of the user's index; null while it has unmerged entries. Its objects are in the shadow. */
  read(): Promise<string | null>
}

/** Reads what is staged without touching the user's index: git writes the tree from a copy, when the index changed. */
export function createStagedTree(layout: Layout): StagedTree {
  const index = join(layout.gitDir, 'index')
  let known: { stamp: string; tree: string | null } | null = null

  async function read(): Promise<string | null> {
    const stamp = await stampOf(index)
    if (stamp === null) return EMPTY_TREE_OID
    if (known?.stamp === stamp) return known.tree
    await copyFile(index, layout.stagedIndex)
    const tree = await writeTree(layout)
    known = { stamp, tree }
    return tree
  }

  return { read }
}

async function writeTree(layout: Layout): Promise<string | null> {
  try {
    const { stdout } = await git(['write-tree'], {
      gitDir: layout.gitDir,
      indexFile: layout.stagedIndex,
      env: { GIT_OBJECT_DIRECTORY: join(layout.shadow, 'objects') },
    })
    return stdout.toString('latin1').trim()
  } catch (error) {
    if (error instanceof GitError && error.stderr.includes('unmerged')) return null
    throw error
  }
}

/** Changes whenever git replaces the file; null when there is none. */
async function stampOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true })
    return `${ino}:${size}:${mtimeNs}`
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
