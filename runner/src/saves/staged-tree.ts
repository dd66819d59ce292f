import { copyFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from '../errors.ts'
import { EMPTY_BLOB_OID, EMPTY_TREE_OID } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'

/** What of the user's index no tree can hold. */
export interface IndexRest {
  /** Lines of `ls-files -u -z`; `update-index --index-info` takes them as they are. */
  unmerged: Buffer
  unmergedBlobs: string[]
  /** `<letter> <path>`, each ended by NUL: `h` assume-unchanged, `S` skip-worktree, `N` intent to add. */
  flags: Buffer
}

export interface StagedIndex {
  /** Tree of everything that is merged. Its objects are in the shadow. */
  tree: string
  rest: IndexRest
}

export interface StagedTree {
  read(): Promise<StagedIndex>
}

const NOTHING: IndexRest = { unmerged: Buffer.alloc(0), unmergedBlobs: [], flags: Buffer.alloc(0) }
const ENTRY = /^([A-Za-z?]) (\d+) ([0-9a-f]{40}) ([0-3])\t([^]*)$/

/** Reads what is staged without touching the user's index: git works on a copy, when the index changed. */
export function createStagedTree(layout: Layout): StagedTree {
  const index = join(layout.gitDir, 'index')
  let known: { stamp: string; staged: StagedIndex } | null = null

  async function read(): Promise<StagedIndex> {
    const stamp = await stampOf(index)
    if (stamp === null) return { tree: EMPTY_TREE_OID, rest: NOTHING }
    if (known?.stamp === stamp) return known.staged
    await copyFile(index, layout.stagedIndex)
    const staged = await readCopy(layout)
    known = { stamp, staged }
    return staged
  }

  return { read }
}

async function readCopy(layout: Layout): Promise<StagedIndex> {
  const options: GitOptions = {
    gitDir: layout.gitDir,
    workTree: layout.work,
    indexFile: layout.stagedIndex,
    env: { GIT_OBJECT_DIRECTORY: join(layout.shadow, 'objects') },
  }
  const { stdout } = await git(['ls-files', '-v', '-s', '-z'], options)
  // As bytes: names need not be UTF-8.
  const entries = stdout
    .toString('latin1')
    .split('\0')
    .map((line) => ENTRY.exec(line))
    .filter((match) => match !== null)
  const unmerged = entries.filter(([, , , , stage]) => stage !== '0')
  const flags = entries
    .filter(([, tag = '', , , stage]) => stage === '0' && tag !== 'H')
    .map(([, tag = '', , , , path]) => `${tag === 'S' || tag === 's' ? 'S' : 'h'} ${path}\0`)
  if (entries.some(([, , , oid]) => oid === EMPTY_BLOB_OID)) flags.push(...(await intentsToAdd(options)))
  if (unmerged.length > 0) {
    const gone = new Set(unmerged.map(([, , , , , path]) => `0 ${'0'.repeat(40)}\t${path}\0`))
    await git(['update-index', '-z', '--index-info'], {
      ...options,
      input: Buffer.from([...gone].join(''), 'latin1'),
    })
  }
  const tree = (await git(['write-tree'], options)).stdout.toString('latin1').trim()
  if (unmerged.length === 0 && flags.length === 0) return { tree, rest: NOTHING }
  const lines = unmerged.map(([, , mode, oid, stage, path]) => `${mode} ${oid} ${stage}\t${path}\0`)
  return {
    tree,
    rest: {
      unmerged: Buffer.from(lines.join(''), 'latin1'),
      unmergedBlobs: unmerged.filter(([, , mode]) => mode !== '160000').map(([, , , oid = '']) => oid),
      flags: Buffer.from(flags.join(''), 'latin1'),
    },
  }
}

/** Paths of `git add -N`: they are in the index, and in no tree. */
async function intentsToAdd(options: GitOptions): Promise<string[]> {
  const { stdout } = await git(['diff-files', '--diff-filter=A', '--name-only', '-z'], options)
  return stdout
    .toString('latin1')
    .split('\0')
    .filter(Boolean)
    .map((path) => `N ${path}\0`)
}

/** Changes whenever git replaces the file; null when there is none. */
async function stampOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true })
    return `${ino}:${size}:${mtimeNs}`
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
