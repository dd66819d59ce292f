import { statfs } from 'node:fs/promises'

import { errorCode } from '../errors.ts'
import { DISK_FULL, GitError } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'

/** With less than this left a disk is full, whatever git says. In bytes. */
const FULL_BELOW = 1024 * 1024

/** Why changes could not be swept into a save, for whoever made them. */
export async function describeSweepProblem(error: unknown, layout: Layout): Promise<string> {
  const text = error instanceof GitError ? error.stderr : ''
  if (errorCode(error) === 'ENOSPC' || DISK_FULL.test(text) || (await isFull(layout)))
    return 'The disk of this workspace is full, so changes cannot be saved: delete something in a terminal. It is tried again every few seconds.'
  return 'Changes of the files cannot be saved because git could not read them: the log of the workspace has the reason. It is tried again every few seconds.'
}

async function isFull({ state }: Layout): Promise<boolean> {
  const space = await statfs(state).catch(() => null)
  return space !== null && space.bavail * space.bsize < FULL_BELOW
}
