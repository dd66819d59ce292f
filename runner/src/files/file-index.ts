import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { FileIndex } from './protocol.ts'

/** Paths that quick open is given; a page searches this many with every key. */
const LIMIT = 200_000

/** Lists what git tracks or would, and is there; `within` names files and folders to look at alone. */
export function createFileIndex(layout: Layout): (within?: string[]) => Promise<FileIndex> {
  async function list(args: string[], within: string[]): Promise<string[]> {
    const { stdout } = await git(['--literal-pathspecs', 'ls-files', '-z', ...args, '--', ...within], {
      gitDir: layout.gitDir,
      workTree: layout.work,
      userConfig: true,
    })
    return stdout.toString('utf8').split('\0').filter(Boolean)
  }

  return async (within = []) => {
    const [all, gone] = await Promise.all([
      list(['-co', '--exclude-standard', '--deduplicate'], within),
      list(['-d'], within),
    ])
    const missing = new Set(gone)
    const paths = missing.size === 0 ? all : all.filter((path) => !missing.has(path))
    return { paths: paths.slice(0, LIMIT), truncated: paths.length > LIMIT }
  }
}
