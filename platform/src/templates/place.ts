import { isMap, isScalar, isSeq } from 'yaml'
import type { Document, Node } from 'yaml'

/** Offset of what a path leads to in a YAML document: its key where it has one, else whatever of the path is there. */
export function placeOf(document: Document, path: (string | number)[]): number {
  let node: unknown = document.contents
  let place = 0
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      if (!pair) break
      place = startOf(pair.key) ?? place
      node = pair.value
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)]
      place = startOf(item) ?? place
      node = item
    } else break
  }
  return place
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}
