import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { errorCode, isMissing } from '../errors.ts'
import { readHead, readState } from '../git/head.ts'
import type { RepositoryState } from '../git/head.ts'
import { createObject, encodeCommit } from '../git/objects.ts'
import type { GitObject, Person } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import { encodeFiles } from './encode-files.ts'
import { LfsObjects } from './lfs-objects.ts'
import { SAVES_COMMITTER } from './save-commit.ts'
import type { ShadowObjects } from './shadow-objects.ts'
import type { IndexRest } from './staged-tree.ts'

/** Files of `.git` that say what the user is in the middle of, or how the clone is set up. */
export const STATE_FILES = [
  'MERGE_HEAD',
  'MERGE_MSG',
  'MERGE_MODE',
  'SQUASH_MSG',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'REBASE_HEAD',
  'ORIG_HEAD',
  'BISECT_LOG',
  'BISECT_START',
  'BISECT_TERMS',
  'BISECT_NAMES',
  'BISECT_EXPECTED_REV',
  'BISECT_ANCESTORS_OK',
  'BISECT_FIRST_PARENT',
  'logs/refs/stash',
  'info/exclude',
  'info/attributes',
  'info/sparse-checkout',
]
export const STATE_FOLDERS = ['rebase-merge', 'rebase-apply', 'sequencer', 'hooks']
/** Refs that are no branches, and that the user would miss. */
export const STATE_REFS = ['refs/stash', 'refs/bisect', 'refs/rewritten', 'refs/notes']

/** They are not pushed while an operation is half done: then the save carries them. */
export const BRANCH_REFS = ['refs/heads', 'refs/tags']
export const REMOTE_REFS = ['refs/remotes']

/** Names in the tree of the commit, beside `git/…` for files of `.git`. */
export const STATE_REFS_FILE = 'refs'
export const UNMERGED_FILE = 'unmerged'
export const FLAGS_FILE = 'flags'
export const CONFIG_FILE = 'config'
/** Folder of annotated tags, by id: a tree cannot name them. */
export const TAGS_FOLDER = 'tags'
/** Folder of what Git LFS has stored, by name. */
export const LFS_FOLDER = 'lfs'

const MAX_FILE_BYTES = 1024 * 1024
const MAX_FILES = 500
const MAX_PARENTS = 1_000
const REFLOG_LINES = 200
const OID = /\b[0-9a-f]{40}\b/g

/** What git's template puts there is the same everywhere. */
const ISSUED_EXCLUDE = /^(#.*\n)*$/

export interface CloneState {
  state: RepositoryState
  /** The commit that holds it; null when the clone is as any clone. */
  commit: GitObject | null
  /** It and what it is made of. */
  objects: GitObject[]
}

export interface CloneStateOptions {
  layout: Layout
  objects: ShadowObjects
  author: Person
  /** Nothing of a nested repository is pushed by itself: all its branches travel with the save. */
  isNested?: boolean
}

/** Collects what of the clone's `.git` no branch and no tree holds, as a commit beside the save. */
export class CloneStateReader {
  readonly #options: CloneStateOptions
  #known: { tree: string; parents: string; value: CloneState } | null = null
  #fresh = false
  #rest: IndexRest | null = null
  readonly #lfs: LfsObjects

  constructor(options: CloneStateOptions) {
    this.#options = options
    this.#lfs = new LfsObjects(options.layout)
  }

  /** Something in `.git` changed. */
  noticeChange(): void {
    this.#fresh = false
  }

  /** Reads again only what may have changed; `rest` is what the tree of the index does not tell. */
  async read(rest: IndexRest): Promise<CloneState> {
    if (this.#fresh && this.#known && rest === this.#rest) return this.#known.value
    // Before the files are read: what changes meanwhile is looked at again.
    this.#fresh = true
    this.#rest = rest
    const { layout, author } = this.#options
    const state = await readState(layout.gitDir)
    const { ref } = await readHead(layout.gitDir)
    // git tells from HEAD's log where a detached HEAD came from; on a branch nobody would miss it in a save.
    const files = await this.#readFiles(state === 'none' && ref !== null ? [] : ['logs/HEAD'])
    await this.#readRefs(this.#refsToRead(state), files)
    if (rest.unmerged.length > 0) files.set(UNMERGED_FILE, rest.unmerged)
    if (rest.flags.length > 0) files.set(FLAGS_FILE, rest.flags)
    const blobs = new Map(rest.unmergedBlobs.map((oid): [string, string] => [`blobs/${oid}`, oid]))
    for (const [name, oid] of await this.#lfs.read()) blobs.set(`${LFS_FOLDER}/${name}`, oid)
    const { objects, tree } = encodeFiles(files, blobs)
    const parents = await this.#findCommits(files)
    const known = this.#known
    if (known?.tree === tree && known.parents === parents.join() && known.value.state === state)
      return known.value
    // The same state is the same commit, at any time and on any disk.
    const time = 0
    const message = 'State of the clone\n'
    const commit =
      files.size + blobs.size === 0
        ? null
        : createObject(
            'commit',
            encodeCommit({ tree, parents, author, committer: SAVES_COMMITTER, time, message }),
          )
    const value = { state, commit, objects: commit ? [...objects, commit] : [] }
    this.#known = { tree, parents: parents.join(), value }
    return value
  }

  async #readFiles(more: string[]): Promise<Map<string, Buffer>> {
    const { layout } = this.#options
    const found = new Map<string, Buffer>()
    const paths = [...STATE_FILES, ...more]
    for (const folder of STATE_FOLDERS) paths.push(...(await listFiles(layout.gitDir, folder)))
    for (const path of paths.slice(0, MAX_FILES)) {
      const content = await readSmall(join(layout.gitDir, path))
      if (!content || (path === 'info/exclude' && ISSUED_EXCLUDE.test(content.toString()))) continue
      found.set(`git/${path}`, path === 'logs/HEAD' ? lastLines(content) : content)
    }
    const config = await readSmall(join(layout.gitDir, 'config'))
    const issued = await readSmall(layout.issuedConfig)
    if (config && !(issued && config.equals(issued))) found.set(CONFIG_FILE, config)
    return found
  }

  #refsToRead(state: RepositoryState): string[] {
    if (this.#options.isNested) return [...STATE_REFS, ...BRANCH_REFS, ...REMOTE_REFS]
    return state === 'none' ? STATE_REFS : [...STATE_REFS, ...BRANCH_REFS]
  }

  /** A line for each ref, `<id or ref: target> <name>`, and the annotated tags among them. */
  async #readRefs(prefixes: string[], files: Map<string, Buffer>): Promise<void> {
    const { layout } = this.#options
    const format = '--format=%(objecttype) %(objectname) %(symref) %(refname)'
    const { stdout } = await git(['for-each-ref', format, ...prefixes], {
      gitDir: layout.gitDir,
      // Somebody may have deleted `.git`, and nothing starts in a folder that is gone.
      cwd: layout.work,
      allowedCodes: [0, 128],
    })
    const lines: string[] = []
    for (const line of stdout.toString('utf8').split('\n').filter(Boolean)) {
      const [type = '', oid = '', symref = '', ref = ''] = line.split(' ')
      lines.push(symref === '' ? `${oid} ${ref}\n` : `ref:${symref} ${ref}\n`)
      if (type !== 'tag') continue
      files.set(`${TAGS_FOLDER}/${oid}`, (await this.#options.objects.read(oid)).data)
    }
    if (lines.length > 0) files.set(STATE_REFS_FILE, Buffer.from(lines.join('')))
  }

  /** Commits that the files name: as parents they travel along, and are there again after a restore. */
  async #findCommits(files: Map<string, Buffer>): Promise<string[]> {
    const named = new Set(
      [...files]
        .filter(([name]) => name !== UNMERGED_FILE && name !== CONFIG_FILE && !name.startsWith('git/hooks/'))
        .flatMap(([, content]) => content.toString('latin1').match(OID) ?? []),
    )
    const commits: string[] = []
    for (const oid of named) {
      if (commits.length >= MAX_PARENTS) break
      const object = await this.#options.objects.read(oid).catch(() => null)
      if (object?.type === 'commit') commits.push(oid)
    }
    return commits
  }
}

function lastLines(content: Buffer): Buffer {
  const lines = content.toString('latin1').split(/(?<=\n)/)
  return Buffer.from(lines.slice(-REFLOG_LINES).join(''), 'latin1')
}

/** Regular files below a folder of `.git`, except git's samples. */
async function listFiles(gitDir: string, folder: string): Promise<string[]> {
  try {
    const entries = await readdir(join(gitDir, folder), { withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.sample') && !entry.name.endsWith('.lock'))
      .map((entry) => `${folder}/${entry.name}`)
      .sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function readSmall(path: string): Promise<Buffer | null> {
  try {
    const stats = await stat(path)
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return null
    return await readFile(path)
  } catch (error) {
    if (isMissing(error) || errorCode(error) === 'EACCES') return null
    throw error
  }
}
