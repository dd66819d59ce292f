import { isOid } from './object-id.ts'
import { PackError } from './pack-entry.ts'
import type { GitObject } from './pack-entry.ts'

export interface TreeItem {
  mode: string
  name: Buffer
  oid: string
}

const TREE_MODES = new Set(['40000', '100644', '100664', '100755', '120000', '160000'])
export const GITLINK = '160000'

/** The items of a tree, checked as `git fsck` does: sorted, no duplicates, no name that could leave the work tree. */
export function readTree(content: Buffer): TreeItem[] {
  const items: TreeItem[] = []
  let previous: Buffer | null = null
  const names = new Set<string>()
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const end = content.indexOf(0, space)
    if (space === -1 || end === -1 || end + 21 > content.length) throw new PackError('a tree is malformed')
    const mode = content.toString('latin1', at, space)
    const name = content.subarray(space + 1, end)
    if (!TREE_MODES.has(mode)) throw new PackError(`a tree has an entry of mode ${mode.slice(0, 12)}`)
    assertSafeName(name)
    const sortKey = mode === '40000' ? Buffer.concat([name, Buffer.from('/')]) : Buffer.from(name)
    if (previous && Buffer.compare(previous, sortKey) >= 0) throw new PackError('a tree is not sorted')
    previous = sortKey
    // `a` and `a/` are not neighbours when `a.b` is between them.
    const text = name.toString('latin1')
    if (names.has(text)) throw new PackError('a tree has two entries of one name')
    names.add(text)
    items.push({ mode, name, oid: content.toString('hex', end + 1, end + 21) })
    at = end + 21
  }
  return items
}

/**
 * Ids of the objects that an object needs to be whole: tree and parents of a commit, what a tree holds (submodules'
 * commits live elsewhere), what a tag points to. Throws a `PackError` when the object is malformed.
 */
export function linksOf(object: GitObject): string[] {
  if (object.type === 'blob') return []
  if (object.type === 'tree')
    return readTree(object.content)
      .filter(({ mode }) => mode !== GITLINK)
      .map(({ oid }) => oid)
  const text = object.content.toString('latin1')
  const header = text.slice(0, text.includes('\n\n') ? text.indexOf('\n\n') : text.length).split('\n')
  if (object.type === 'tag') return [idAfter('object ', header[0])]
  const parents: string[] = []
  let line = 1
  for (; header[line]?.startsWith('parent '); line += 1) parents.push(idAfter('parent ', header[line]))
  for (const role of ['author ', 'committer ']) {
    if (!/^[^\0]* <[^<>\0]*> \d{1,20} [+-]\d{4}$/.test((header[line] ?? '').replace(role, '')))
      throw new PackError(`a commit has a malformed ${role.trim()} line`)
    line += 1
  }
  return [idAfter('tree ', header[0]), ...parents]
}

function idAfter(prefix: string, line: string | undefined): string {
  const oid = line?.startsWith(prefix) ? line.slice(prefix.length) : ''
  if (!isOid(oid)) throw new PackError('a commit or tag is malformed')
  return oid
}

/** `.git` in every spelling that some file system takes for it: case, NTFS short names and streams, HFS+ ignorables. */
function assertSafeName(name: Buffer): void {
  const text = name.toString()
  if (text === '' || text === '.' || text === '..' || name.includes(0x2f))
    throw new PackError('a tree has an entry with an illegal name')
  // A backslash is a separator on Windows, so what follows one is a name of its own there.
  for (const part of text.split('\\'))
    if (['.git', 'git~1'].includes(fold(part)))
      throw new PackError(`a tree has an entry named ${JSON.stringify(text)}`)
}

/** `.gitmodules`, an NTFS short name of it, or a character that HFS+ ignores, anywhere in a tree's bytes. */
const MAY_BE_GITMODULES =
  // oxlint-disable-next-line no-control-regex -- bytes, not text
  /\.gitmodules|gi[0-9a-z]{1,4}~[0-9]|\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf/i

/** False when a tree certainly has no `.gitmodules` in any spelling; else git itself has to look. */
export function mayHaveGitmodules(content: Buffer): boolean {
  return MAY_BE_GITMODULES.test(content.toString('latin1'))
}

function fold(name: string): string {
  return name
    .replaceAll(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[ .]+$/, '')
}
