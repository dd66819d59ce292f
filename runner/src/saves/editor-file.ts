import type { BigIntStats } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { RunnerError } from '../errors.ts'
import type { WorkPath } from '../files/paths.ts'
import { replaceFile } from '../files/replace-file.ts'
import { hashObject } from '../git/objects.ts'

/** The blob id of what is on disk; null when there is nothing. Throws `not_a_file`. */
export async function versionOf({ absolute, stats }: WorkPath): Promise<string | null> {
  if (!stats) return null
  if (stats.isSymbolicLink()) {
    throw new RunnerError('not_a_file', 'That is a symbolic link: open the file that it points to.')
  }
  if (!stats.isFile()) throw new RunnerError('not_a_file', 'That is not a file.')
  return hashObject('blob', await readFile(absolute))
}

/** The mode that git gives the file. */
export function gitModeOf({ stats }: WorkPath): string {
  return stats !== null && (stats.mode & 0o100) !== 0 ? '100755' : '100644'
}

/** Replaces the file and keeps its mode; on the disk when it resolves, as in `replaceFile`. */
export async function writeTarget(target: WorkPath, bytes: Buffer, temporary: string): Promise<BigIntStats> {
  const mode = target.stats ? target.stats.mode & 0o7777 : undefined
  if (!target.stats) await mkdir(dirname(target.absolute), { recursive: true })
  return replaceFile(target.absolute, bytes, { temporary, mode })
}
