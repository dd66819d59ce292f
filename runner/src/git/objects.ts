import { createHash } from 'node:crypto'

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag'

export interface GitObject {
  oid: string
  type: ObjectType
  data: Buffer
}

/** `name` holds the bytes of the file name as latin1, so that names that are not UTF-8 survive. */
export interface TreeEntry {
  mode: string
  name: string
  oid: string
}

export interface Person {
  name: string
  email: string
}

export interface Commit {
  tree: string
  parents: string[]
  author: Person
  committer: Person
  /** Seconds since the epoch, for author and committer; recorded as UTC. */
  time: number
  message: string
}

export const ZERO_OID = '0'.repeat(40)
export const EMPTY_TREE_OID = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
export const EMPTY_BLOB_OID = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
export const MODE_TREE = '40000'
export const MODE_GITLINK = '160000'

export function hashObject(type: ObjectType, data: Buffer): string {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex')
}

export function createObject(type: ObjectType, data: Buffer): GitObject {
  return { oid: hashObject(type, data), type, data }
}

export function encodeTree(entries: TreeEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => compareNames(sortKey(a), sortKey(b)))
  return Buffer.concat(
    sorted.flatMap((entry) => [
      Buffer.from(`${entry.mode} ${entry.name}\0`, 'latin1'),
      Buffer.from(entry.oid, 'hex'),
    ]),
  )
}

export function parseTree(data: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = []
  let position = 0
  while (position < data.length) {
    const space = data.indexOf(0x20, position)
    const end = data.indexOf(0, space)
    entries.push({
      mode: data.toString('latin1', position, space),
      name: data.toString('latin1', space + 1, end),
      oid: data.toString('hex', end + 1, end + 21),
    })
    position = end + 21
  }
  return entries
}

export function encodeCommit(commit: Commit): Buffer {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatPerson(commit.author)} ${commit.time} +0000`,
    `committer ${formatPerson(commit.committer)} ${commit.time} +0000`,
    '',
    commit.message,
  ]
  return Buffer.from(lines.join('\n'))
}

export interface ParsedCommit {
  tree: string
  parents: string[]
  message: string
}

export function parseCommit(data: Buffer): ParsedCommit {
  const text = data.toString('utf8')
  const blank = text.indexOf('\n\n')
  const headers = (blank === -1 ? text : text.slice(0, blank)).split('\n')
  const valuesOf = (key: string): string[] =>
    headers.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1))
  return {
    tree: valuesOf('tree')[0] ?? EMPTY_TREE_OID,
    parents: valuesOf('parent'),
    message: blank === -1 ? '' : text.slice(blank + 2),
  }
}

/** Git orders a tree as if the names of folders ended in a slash. */
function sortKey(entry: TreeEntry): string {
  return entry.mode === MODE_TREE ? `${entry.name}/` : entry.name
}

function compareNames(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Git refuses identities with angle brackets or line breaks, and empty names. */
function formatPerson(person: Person): string {
  const clean = (text: string): string => text.replaceAll(/[<>\n\r\0]/g, '').trim()
  return `${clean(person.name) || 'unknown'} <${clean(person.email)}>`
}
