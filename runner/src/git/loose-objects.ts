import { mkdir, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { compress } from './pack.ts'
import { isMissing } from '../errors.ts'
import type { GitObject } from './objects.ts'

/** Writes the objects into the repository at `gitDir`; all are on disk (fsync) when it returns. */
export async function writeLooseObjects(gitDir: string, objects: Iterable<GitObject>): Promise<void> {
  await Promise.all(Array.from(objects, (object) => writeLooseObject(gitDir, object)))
}

async function writeLooseObject(gitDir: string, object: GitObject): Promise<void> {
  const folder = join(gitDir, 'objects', object.oid.slice(0, 2))
  const path = join(folder, object.oid.slice(2))
  if (await exists(path)) return
  const header = Buffer.from(`${object.type} ${object.data.length}\0`)
  const data = await compress(Buffer.concat([header, object.data]))
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `tmp_obj_${object.oid.slice(2)}`)
  const file = await open(temporary, 'w', 0o444)
  try {
    await file.writeFile(data)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
