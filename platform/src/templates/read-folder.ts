import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { FileContent } from '../git/commit-files.ts'

/** What an author's own use of a template leaves in its folder. */
const LEFT_OUT = new Set(['node_modules', '.git'])

/** The files of a template's folder, by their paths in it. */
export async function readFolder(root: string): Promise<Map<string, FileContent>> {
  const files = new Map<string, FileContent>()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(root, path)
    if (name.split('/').some((part) => LEFT_OUT.has(part))) continue
    if (entry.isSymbolicLink())
      files.set(name, { content: Buffer.from(await readlink(path)), mode: '120000' })
    if (!entry.isFile()) continue
    const executable = ((await stat(path)).mode & 0o100) !== 0
    files.set(name, { content: await readFile(path), mode: executable ? '100755' : '100644' })
  }
  return files
}
