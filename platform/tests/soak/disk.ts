import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { stockGit } from '../support/shell.ts'

/** Mode and blob id of every file, by path: as git would have them, but read without git. */
export type Files = Map<string, string>

/** All files below a work tree, `.git` apart. */
export async function readDisk(work: string): Promise<Files> {
  const files: Files = new Map()
  for (const entry of await readdir(work, { withFileTypes: true, recursive: true })) {
    const absolute = join(entry.parentPath, entry.name)
    const path = absolute.slice(work.length + 1)
    if (entry.isDirectory() || path === '.git' || path.startsWith('.git/')) continue
    const isLink = entry.isSymbolicLink()
    const content = isLink ? Buffer.from(await readlink(absolute)) : await readFile(absolute)
    const executable = !isLink && ((await lstat(absolute)).mode & 0o100) !== 0
    files.set(path, `${isLink ? '120000' : executable ? '100755' : '100644'} ${blobId(content)}`)
  }
  return files
}

/** The files of a commit. */
export async function readCommit(gitDir: string, commit: string): Promise<Files> {
  const listed = await stockGit(gitDir, 'ls-tree', '-r', '-z', commit)
  const entries = listed.split('\0').filter(Boolean)
  return new Map(
    entries.map((entry) => {
      const [, mode = '', oid = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? []
      return [path, `${mode} ${oid}`]
    }),
  )
}

export function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

/** Lines that say how two sets of files differ; none when they do not. */
export function differences(have: Files, want: Files): string[] {
  const paths = new Set([...have.keys(), ...want.keys()])
  return [...paths]
    .filter((path) => have.get(path) !== want.get(path))
    .map((path) => `${path}: ${have.get(path) ?? 'nothing'} instead of ${want.get(path) ?? 'nothing'}`)
}
