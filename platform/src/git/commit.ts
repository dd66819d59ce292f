import { PackError } from './pack-entry.ts'

export interface Signature {
  name: string
  email: string
  /** Seconds since the epoch. */
  time: number
}

export interface Commit {
  tree: string
  parents: string[]
  author: Signature
  committer: Signature
  /** All of the message. */
  message: string
}

const ID = /^[0-9a-f]{40}$/

/** Reads a commit as lenient as git does: what is imported may be old and odd. Throws a `PackError`. */
export function parseCommit(content: Buffer): Commit {
  const end = content.indexOf('\n\n')
  const header = content.toString('utf8', 0, end === -1 ? content.length : end).split('\n')
  const values = (name: string): string[] =>
    header.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  const [tree = ''] = values('tree')
  const parents = values('parent')
  if (!ID.test(tree) || !parents.every((oid) => ID.test(oid))) throw new PackError('a commit is malformed')
  return {
    tree,
    parents,
    author: parseSignature(values('author')[0]),
    committer: parseSignature(values('committer')[0]),
    message: end === -1 ? '' : content.toString('utf8', end + 2),
  }
}

function parseSignature(text = ''): Signature {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<([^>]*)>(?: (-?\d{1,20}))?/.exec(text) ?? []
  // Beyond the year 9999 a date cannot be written as ISO 8601 has it, and git takes any number.
  return { name, email, time: Math.max(0, Math.min(Number(seconds), 253_402_300_799)) }
}

/** First line of a message, without control characters; at most 500 characters. */
export function subjectOf(message: string): string {
  const line = /^[^\n]*/.exec(message.trimStart())?.[0] ?? ''
  return line
    .slice(0, 500)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
}
