import type { GitChange, GitChangeKind, GitConflict, GitStatus } from './protocol.ts'

const KINDS: Record<string, GitChangeKind> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type',
}
const CONFLICTS: Record<string, GitConflict['kind']> = {
  UU: 'both-modified',
  AA: 'both-added',
  DD: 'both-deleted',
  DU: 'deleted-by-us',
  UD: 'deleted-by-them',
  AU: 'added-by-one',
  UA: 'added-by-one',
}

type ParsedStatus = Omit<GitStatus, 'state' | 'remotes' | 'home'>

/**
 * Reads `git status --porcelain=v2 --branch -z`. At most `limit` changes are kept; `cut` says that the output was
 * broken off, so that its last record may be half a one. Names that are no UTF-8 get U+FFFD in them.
 */
export function parseStatus(output: Buffer, { limit, cut }: { limit: number; cut: boolean }): ParsedStatus {
  const records = output.toString('utf8').split('\0')
  // The end of the output is a NUL; what is behind it is nothing, or the half record.
  records.pop()
  const status: ParsedStatus = {
    branch: null,
    commit: null,
    upstream: null,
    staged: [],
    unstaged: [],
    conflicts: [],
    truncated: cut,
  }
  let told = 0
  for (let n = 0; n < records.length; n++) {
    const record = records[n] ?? ''
    if (record.startsWith('# ')) {
      readHeader(status, record.slice(2))
      continue
    }
    const from = record.startsWith('2 ') ? (records[++n] ?? '') : null
    if (told >= limit) {
      status.truncated = true
      break
    }
    told += 1
    readChange(status, record, from)
  }
  return status
}

function readHeader(status: ParsedStatus, header: string): void {
  const [name, ...rest] = header.split(' ')
  const value = rest.join(' ')
  if (name === 'branch.oid') status.commit = value === '(initial)' ? null : value
  else if (name === 'branch.head') status.branch = value === '(detached)' ? null : value
  else if (name === 'branch.upstream') status.upstream = { name: value, ahead: null, behind: null }
  else if (name === 'branch.ab' && status.upstream) {
    status.upstream.ahead = Number.parseInt(rest[0]?.slice(1) ?? '0', 10)
    status.upstream.behind = Number.parseInt(rest[1]?.slice(1) ?? '0', 10)
  }
}

function readChange(status: ParsedStatus, record: string, from: string | null): void {
  const [type = '', code = '', submodule = 'N...'] = record.split(' ', 3)
  if (type === '?') {
    const path = record.slice(2)
    // A nested repository ends in a slash.
    const nested = path.endsWith('/')
    status.unstaged.push({
      path: nested ? path.slice(0, -1) : path,
      kind: 'untracked',
      from: null,
      submodule: nested,
    })
    return
  }
  if (type === 'u') {
    status.conflicts.push({ path: fieldsAfter(record, 10), kind: CONFLICTS[code] ?? 'both-modified' })
    return
  }
  if (type !== '1' && type !== '2') return
  const common = { path: fieldsAfter(record, type === '1' ? 8 : 9), submodule: submodule.startsWith('S') }
  const [inIndex, inWork] = [KINDS[code[0] ?? '.'], KINDS[code[1] ?? '.']]
  if (inIndex) status.staged.push(change(common, inIndex, from))
  if (inWork) status.unstaged.push(change(common, inWork, from))
}

function change(
  common: Pick<GitChange, 'path' | 'submodule'>,
  kind: GitChangeKind,
  from: string | null,
): GitChange {
  return { ...common, kind, from: kind === 'renamed' || kind === 'copied' ? from : null }
}

/** The path is all that follows the first `count` fields; it may hold spaces. */
function fieldsAfter(record: string, count: number): string {
  let start = 0
  for (let n = 0; n < count; n++) start = record.indexOf(' ', start) + 1
  return record.slice(start)
}
