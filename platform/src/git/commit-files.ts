import git from 'isomorphic-git'
import type { PromiseFsClient, TreeEntry } from 'isomorphic-git'
import { createObjectFs, GIT_DIR } from './object-fs.ts'
import type { ObjectReader } from './object-reader.ts'

export interface FileContent {
  content: Uint8Array
  mode: '100644' | '100755' | '120000'
}

export interface CommitRequest {
  /** The commit to build on; null for the first commit of a repository. */
  base: { commit: string; objects: ObjectReader } | null
  /** By path; null deletes. */
  changes: Map<string, FileContent | null>
  /** Objects that need not be in the pack: those of the repository that is forked. */
  existing?: ObjectReader
  message: string
  author: { name: string; email: string }
}

export interface BuiltCommit {
  commit: string
  tree: string
  /** A pack without deltas of the new objects. */
  pack: Buffer
}

interface Folder {
  files: Map<string, FileContent | null>
  folders: Map<string, Folder>
}

/** Builds a commit without a work tree. It costs one tree per changed folder, whatever the size of the repository. */
export async function commitFiles({
  base,
  changes,
  existing,
  message,
  author,
}: CommitRequest): Promise<BuiltCommit> {
  const fs = createObjectFs(base?.objects ?? null)
  const repository = { fs, gitdir: GIT_DIR }
  const written = new Set<string>()
  const baseTree = base && (await git.readCommit({ ...repository, oid: base.commit })).commit.tree
  const tree =
    (await writeFolder(fs, baseTree, toFolders(changes), written)) ?? (await emptyTree(fs, written))
  const now = { ...author, timestamp: Math.floor(Date.now() / 1000), timezoneOffset: 0 }
  const parent = base ? [base.commit] : []
  const commit = await git.writeCommit({
    ...repository,
    commit: { message: `${message}\n`, tree, parent, author: now, committer: now },
  })
  written.add(commit)
  const oids: string[] = []
  for (const oid of written) if (!(await existing?.has(oid))) oids.push(oid)
  const { packfile } = await git.packObjects({ ...repository, oids, write: false })
  if (!packfile) throw new Error('isomorphic-git made no pack')
  return { commit, tree, pack: Buffer.from(packfile) }
}

/** The new tree's id, null when nothing is left in it. */
async function writeFolder(
  fs: PromiseFsClient,
  base: string | null,
  folder: Folder,
  written: Set<string>,
): Promise<string | null> {
  const repository = { fs, gitdir: GIT_DIR }
  const entries = new Map<string, TreeEntry>()
  if (base !== null)
    for (const entry of (await git.readTree({ ...repository, oid: base })).tree)
      entries.set(entry.path, entry)
  for (const [path, file] of folder.files) {
    if (file === null) {
      entries.delete(path)
      continue
    }
    const oid = await git.writeBlob({ ...repository, blob: file.content })
    written.add(oid)
    entries.set(path, { path, oid, mode: file.mode, type: 'blob' })
  }
  for (const [path, inner] of folder.folders) {
    // What has become a file has nothing in it any more.
    if (folder.files.get(path)) continue
    const known = entries.get(path)
    const oid = await writeFolder(fs, known?.type === 'tree' ? known.oid : null, inner, written)
    if (oid === null) entries.delete(path)
    else entries.set(path, { path, oid, mode: '040000', type: 'tree' })
  }
  if (entries.size === 0) return null
  const tree = await git.writeTree({ ...repository, tree: [...entries.values()] })
  written.add(tree)
  return tree
}

async function emptyTree(fs: PromiseFsClient, written: Set<string>): Promise<string> {
  const tree = await git.writeTree({ fs, gitdir: GIT_DIR, tree: [] })
  written.add(tree)
  return tree
}

function toFolders(changes: Map<string, FileContent | null>): Folder {
  const root: Folder = { files: new Map(), folders: new Map() }
  for (const [path, file] of changes) {
    const parts = path.split('/')
    const name = parts.pop() ?? ''
    let folder = root
    for (const part of parts) {
      const inner = folder.folders.get(part) ?? { files: new Map(), folders: new Map() }
      folder.folders.set(part, inner)
      folder = inner
    }
    folder.files.set(name, file)
  }
  return root
}
