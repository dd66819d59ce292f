import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { errorCode, isMissing } from '../errors.ts'

export interface Head {
  /** Full name of the branch HEAD points to, null when detached. */
  ref: string | null
  /** null on an unborn branch. */
  commit: string | null
}

export type RepositoryState = 'none' | 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect'

const OID = /^[0-9a-f]{40}$/
const MAX_SYMBOLIC_DEPTH = 5

/** Where HEAD stands, read from the files themselves: it is asked on every save, and a spawn costs more than a save. */
export async function readHead(gitDir: string): Promise<Head> {
  const head = (await readText(join(gitDir, 'HEAD')))?.trim() ?? ''
  if (OID.test(head)) return { ref: null, commit: head }
  if (!head.startsWith('ref: ')) return { ref: null, commit: null }
  const ref = head.slice('ref: '.length).trim()
  return { ref, commit: await resolveRef(gitDir, ref) }
}

/** The operation that the user's clone is in the middle of. */
export async function readState(gitDir: string): Promise<RepositoryState> {
  const names = new Set(await readNames(gitDir))
  if (names.has('rebase-merge') || names.has('rebase-apply')) return 'rebase'
  if (names.has('MERGE_HEAD')) return 'merge'
  if (names.has('CHERRY_PICK_HEAD')) return 'cherry-pick'
  if (names.has('REVERT_HEAD')) return 'revert'
  if (names.has('BISECT_LOG')) return 'bisect'
  return 'none'
}

/** Nothing when somebody deleted the clone's `.git`. */
async function readNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function resolveRef(gitDir: string, name: string): Promise<string | null> {
  let ref = name
  for (let depth = 0; depth < MAX_SYMBOLIC_DEPTH; depth++) {
    const loose = (await readText(join(gitDir, ref)))?.trim() ?? ''
    if (OID.test(loose)) return loose
    if (!loose.startsWith('ref: ')) return packedRef(gitDir, ref)
    ref = loose.slice('ref: '.length).trim()
  }
  return null
}

async function packedRef(gitDir: string, ref: string): Promise<string | null> {
  const packed = (await readText(join(gitDir, 'packed-refs'))) ?? ''
  const line = packed.split('\n').find((line) => line.slice(41) === ref)
  return line ? line.slice(0, 40) : null
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // A branch `a` that is gone may have left a folder for `a/b`.
    if (isMissing(error) || errorCode(error) === 'EISDIR') return null
    throw error
  }
}
