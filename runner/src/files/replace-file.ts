import { randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface ReplaceOptions {
  /** A folder on the same file system, where the new file is written first. */
  temporary: string
  /** Permission bits; 0o666 less the umask when left out. */
  mode?: number
}

/**
 * Replaces a file at once, or not at all: after a crash it has the old bytes or the new, never a part. Resolves to what
 * the file was before anybody else could touch it.
 */
export async function replaceFile(path: string, data: Buffer, options: ReplaceOptions): Promise<BigIntStats> {
  const temporary = join(options.temporary, randomBytes(12).toString('hex'))
  let stats: BigIntStats
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(data)
      if (options.mode !== undefined) await file.chmod(options.mode)
      await file.datasync()
      stats = await file.stat({ bigint: true })
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
  return stats
}

/** A rename is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
