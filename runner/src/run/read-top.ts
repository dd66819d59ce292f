import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A text file of the work tree; null when it is not there, or is no file that can be read. */
export async function readTop(work: string, path: string): Promise<string | null> {
  return readFile(join(work, path), 'utf8').catch(() => null)
}
