import { RunnerError } from '../errors.ts'
import { MAX_TEXT_FILE_BYTES } from '../protocol.ts'
import type { GitContent } from './protocol.ts'
import { checkNames } from './staging.ts'
import type { UserGit } from './user-git.ts'

export type ContentPlace = 'head' | 'index' | 'base' | 'ours' | 'theirs'
const REVISIONS = { head: 'HEAD', index: ':0', base: ':1', ours: ':2', theirs: ':3' } as const

/** A file's text at HEAD, in the index or on a side of a conflict; null when it is not there. */
export async function readContent(git: UserGit, path: string, at: ContentPlace): Promise<GitContent> {
  const name = objectName(path, at)
  const kind = await git(['cat-file', '-t', name], { reading: true, allowedCodes: [0, 128] })
  if (kind.code !== 0) return { content: null }
  if (kind.stdout.toString('latin1').trim() !== 'blob')
    throw new RunnerError('not_a_file', `${path} is not a file.`)
  // With the filters of a checkout (line ends, LFS), so that it compares with the file on disk.
  const { stdout, cut } = await git(['cat-file', '--filters', `--path=${path}`, name], {
    reading: true,
    cutAt: MAX_TEXT_FILE_BYTES + 1,
  })
  if (cut || stdout.length > MAX_TEXT_FILE_BYTES)
    throw new RunnerError('file_too_large', `${path} is too large to be shown.`)
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    if (!stdout.includes(0)) return { content: decoder.decode(stdout) }
  } catch {
    // Told below, like a NUL.
  }
  throw new RunnerError('binary_file', `${path} is not text in UTF-8.`)
}

/** git's name for the object at a path; a name with U+FFFD is refused. */
export function objectName(path: string, at: ContentPlace): string {
  checkNames([path])
  return `${REVISIONS[at]}:${path}`
}
