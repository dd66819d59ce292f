import { EMPTY_TREE } from './object-id.ts'
import type { ObjectReader } from './object-reader.ts'
import { PackError } from './pack-entry.ts'
import { nameOf, parseTree, TREE_MODE } from './tree.ts'
import type { TreeEntry } from './tree.ts'

/** Characters; far beyond what a file system takes. */
const MAX_PATH = 16_384

export interface TreeSide {
  oid: string
  mode: string
}

/** A file, link or submodule that differs; null where there is none. */
export interface TreeChange {
  path: string
  old: TreeSide | null
  new: TreeSide | null
}

/**
 * Files that differ between two trees (null: the empty one), in the order of their names. Equal subtrees are never
 * read, so it costs what has changed; who has seen enough stops asking. `path` narrows it to a file or folder.
 */
export async function* diffTrees(
  objects: ObjectReader,
  old: string | null,
  next: string | null,
  path: string | null = null,
): AsyncGenerator<TreeChange> {
  const [from, to] = [old ?? EMPTY_TREE, next ?? EMPTY_TREE]
  if (path === null) {
    yield* diff(objects, folder(from), folder(to), '')
    return
  }
  const [was, is] = await Promise.all([
    createPathLookup(objects, path)(from),
    createPathLookup(objects, path)(to),
  ])
  yield* diffEntry(objects, was, is, path)
}

async function* diff(
  objects: ObjectReader,
  old: TreeSide | null,
  next: TreeSide | null,
  prefix: string,
): AsyncGenerator<TreeChange> {
  if (old?.oid === next?.oid) return
  if (prefix.length > MAX_PATH) throw new PackError('a tree is too deep to be compared')
  const was = await entriesOf(objects, old)
  const is = await entriesOf(objects, next)
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort()
  for (const key of keys) {
    const [a = null, b = null] = [was.get(key), is.get(key)]
    if (a?.oid === b?.oid && a?.mode === b?.mode) continue
    yield* diffEntry(objects, a, b, prefix + nameOf({ key }))
  }
}

/** Where a file has become a folder or the other way round, the file comes first. */
async function* diffEntry(
  objects: ObjectReader,
  old: TreeSide | null,
  next: TreeSide | null,
  path: string,
): AsyncGenerator<TreeChange> {
  if (old?.oid === next?.oid && old?.mode === next?.mode) return
  const [a, b] = [fileSide(old), fileSide(next)]
  if (a || b) yield { path, old: a, new: b }
  if (old?.mode === TREE_MODE || next?.mode === TREE_MODE)
    yield* diff(objects, a ? null : old, b ? null : next, `${path}/`)
}

function fileSide(side: TreeSide | null): TreeSide | null {
  return side && side.mode !== TREE_MODE ? { oid: side.oid, mode: side.mode } : null
}

function folder(oid: string): TreeSide {
  return { oid, mode: TREE_MODE }
}

async function entriesOf(objects: ObjectReader, side: TreeSide | null): Promise<Map<string, TreeEntry>> {
  if (!side) return new Map()
  return new Map((await readTreeEntries(objects, side.oid)).map((entry) => [entry.key, entry]))
}

/** Throws a `PackError` when there is no such tree. */
export async function readTreeEntries(objects: ObjectReader, oid: string): Promise<TreeEntry[]> {
  const tree = await objects.read(oid)
  if (tree?.type !== 'tree') throw new PackError(`there is no tree ${oid}`)
  return parseTree(tree.content)
}

/** Entries that one lookup remembers, over all depths. */
const REMEMBERED = 20_000

/**
 * Finds a path (null: the root) in one root tree after another. Subtrees that were seen before are not read again, and
 * neighbours in a history share most of them.
 */
export function createPathLookup(
  objects: ObjectReader,
  path: string | null,
): (root: string) => Promise<TreeSide | null> {
  const keys = path === null ? [] : path.split('/').map((part) => Buffer.from(part).toString('latin1'))
  const seen = new Map<string, TreeSide | null>()
  const find = async (side: TreeSide, depth: number): Promise<TreeSide | null> => {
    const key = keys[depth]
    if (key === undefined) return side
    if (side.mode !== TREE_MODE) return null
    const known = seen.get(`${depth}:${side.oid}`)
    if (known !== undefined) return known
    const entry = (await readTreeEntries(objects, side.oid)).find((one) => one.key === key)
    const found = entry ? await find({ oid: entry.oid, mode: entry.mode }, depth + 1) : null
    if (seen.size >= REMEMBERED) seen.clear()
    seen.set(`${depth}:${side.oid}`, found)
    return found
  }
  return (root) => find(folder(root), 0)
}
