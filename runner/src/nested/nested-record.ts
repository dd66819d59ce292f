/** Names the repositories within the workspace in the commit that holds the clone's state. */
export const NESTED_FILE = 'nested'

export interface NestedRecord {
  /** Commit that says where its HEAD, index and branches stood. */
  commit: string
  /** See `NestedGitDir`. */
  module: string | null
  /** Of its work tree, as bytes in latin1. */
  path: string
}

const LINE = /^([0-9a-f]{40}) (\S*)\t([^]+)$/

export function encodeNested(records: NestedRecord[]): Buffer {
  const lines = records.map(({ commit, module, path }) => `${commit} ${module ?? ''}\t${path}\0`)
  return Buffer.from(lines.join(''), 'latin1')
}

/** Leaves out what leads elsewhere: the record may come from anywhere. */
export function parseNested(data: Buffer): NestedRecord[] {
  return data
    .toString('latin1')
    .split('\0')
    .flatMap((line) => {
      const [, commit = '', module = '', path = ''] = LINE.exec(line) ?? []
      const isSafe = isInside(path) && (module === '' || (isInside(module) && module.startsWith('modules/')))
      return isSafe ? [{ commit, module: module === '' ? null : module, path }] : []
    })
}

function isInside(path: string): boolean {
  return path
    .split('/')
    .every((name) => name !== '' && name !== '.' && name !== '..' && name.toLowerCase() !== '.git')
}
