import { AppError } from '../errors.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { SUBMODULE_MODE, TREE_MODE } from '../git/tree.ts'
import { createPathLookup, diffTrees } from '../git/tree-diff.ts'
import { graftTree } from '../git/tree-graft.ts'
import type { Grafted } from '../git/tree-graft.ts'

/**
 * The tree `now` with a path (null: everything) as it is in `wanted`. Throws an `AppError` when the path is in neither.
 */
export async function restoredTree(
  objects: ObjectReader,
  now: string,
  wanted: string,
  path: string | null,
): Promise<Grafted> {
  if (path === null) return keepNested(objects, now, wanted)
  const find = createPathLookup(objects, path)
  const side = await find(wanted)
  if (side || (await find(now))) return graftTree(objects, now, path, side)
  throw new AppError(
    404,
    'path_not_found',
    `There is no ${path} in that save and none now, so there is nothing to restore.`,
  )
}

/** A commit of the user names no more than the commit of a submodule: the files that are there stay. */
async function keepNested(objects: ObjectReader, now: string, wanted: string): Promise<Grafted> {
  const made = new Map<string, Buffer>()
  const withMade: ObjectReader = {
    ...objects,
    read: async (oid) => {
      const content = made.get(oid)
      return content ? { type: 'tree', content } : objects.read(oid)
    },
  }
  let tree = wanted
  for await (const { path, new: link } of diffTrees(objects, now, wanted)) {
    if (link?.mode !== SUBMODULE_MODE) continue
    const here = await createPathLookup(objects, path)(now)
    if (here?.mode !== TREE_MODE) continue
    const grafted = await graftTree(withMade, tree, path, here)
    for (const { oid, content } of grafted.made) made.set(oid, content)
    tree = grafted.tree
  }
  return { tree, made: [...made].map(([oid, content]) => ({ oid, content })) }
}
