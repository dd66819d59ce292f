import git from 'isomorphic-git'
import { createObjectFs, GIT_DIR } from './object-fs.ts'
import type { ObjectReader } from './object-reader.ts'

export interface TreeFile {
  path: string
  oid: string
  /** As git writes it: `100644`, `100755`, `120000`, `160000`. */
  mode: string
}

/** One file of a commit, null when there is none at this path. */
export async function readFileAt(
  objects: ObjectReader,
  commit: string,
  filepath: string,
): Promise<Buffer | null> {
  try {
    const { blob } = await git.readBlob({
      fs: createObjectFs(objects),
      gitdir: GIT_DIR,
      oid: commit,
      filepath,
    })
    return Buffer.from(blob)
  } catch (error) {
    if (error instanceof git.Errors.NotFoundError || error instanceof git.Errors.ObjectTypeError) return null
    throw error
  }
}

/** Names of the folders in a folder of a commit; none when it is not there. */
export async function listFoldersAt(
  objects: ObjectReader,
  commit: string,
  filepath: string,
): Promise<string[]> {
  try {
    const fs = createObjectFs(objects)
    const { tree } = await git.readTree({ fs, gitdir: GIT_DIR, oid: commit, filepath })
    return tree.filter(({ type }) => type === 'tree').map(({ path }) => path)
  } catch (error) {
    if (error instanceof git.Errors.NotFoundError || error instanceof git.Errors.ObjectTypeError) return []
    throw error
  }
}

/** All files of a commit or tree below a folder ('' is the root), with their full paths. */
export async function listFilesAt(objects: ObjectReader, oid: string, folder = ''): Promise<TreeFile[]> {
  const fs = createObjectFs(objects)
  const files: TreeFile[] = []
  const walk = async (tree: string, prefix: string): Promise<void> => {
    for (const entry of (await git.readTree({ fs, gitdir: GIT_DIR, oid: tree })).tree) {
      const path = prefix === '' ? entry.path : `${prefix}/${entry.path}`
      if (entry.type === 'tree') await walk(entry.oid, path)
      else files.push({ path, oid: entry.oid, mode: entry.mode.padStart(6, '0') })
    }
  }
  if (folder === '') await walk(oid, '')
  else {
    const found = await git
      .readTree({ fs, gitdir: GIT_DIR, oid, filepath: folder })
      .catch((error: unknown) =>
        error instanceof git.Errors.NotFoundError ? null : Promise.reject(error as Error),
      )
    if (found) await walk(found.oid, folder)
  }
  return files
}
