import { PackError } from './pack-entry.ts'

export interface TreeEntry {
  /** Bytes of the name as latin1, so that every name is told from every other; `nameOf` makes it text. */
  key: string
  /** Six digits, also where an old git wrote five or a leading zero. */
  mode: string
  oid: string
}

export const TREE_MODE = '040000'
export const LINK_MODE = '120000'
export const SUBMODULE_MODE = '160000'

/** Reads a tree for looking at it. Lenient about order and modes, unlike `readTree`, which judges what is pushed. */
export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = []
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const end = space === -1 ? -1 : content.indexOf(0, space)
    if (end === -1 || end + 21 > content.length) throw new PackError('a tree is malformed')
    entries.push({
      mode: content.toString('latin1', at, space).padStart(6, '0'),
      key: content.toString('latin1', space + 1, end),
      oid: content.toString('hex', end + 1, end + 21),
    })
    at = end + 21
  }
  return entries
}

export function nameOf({ key }: Pick<TreeEntry, 'key'>): string {
  return Buffer.from(key, 'latin1').toString()
}

export function keyOf(name: string): string {
  return Buffer.from(name).toString('latin1')
}

/** Writes a tree in git's order: folders sort as if their names ended in a slash. */
export function encodeTree(entries: TreeEntry[]): Buffer {
  const sortKey = ({ key, mode }: TreeEntry): string => (mode === TREE_MODE ? `${key}/` : key)
  // latin1 code units order like bytes.
  const sorted = [...entries].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  return Buffer.concat(
    sorted.map(({ mode, key, oid }) =>
      Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${key}\0`, 'latin1'), Buffer.from(oid, 'hex')]),
    ),
  )
}
