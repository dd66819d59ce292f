import { isOid } from '../git/object-id.ts'
import { isRefName } from '../git/ref-name.ts'
import type { UpstreamRefs } from './ask-upstream.ts'
import { findRef, refNotFound } from './choose-target.ts'

/** Where a workspace of an upstream begins. */
export interface Tip {
  /** Branch to work on, `refs/heads/…`. */
  branch: string
  /** Ref of the upstream; null for a commit that was asked for by its id. */
  ref: string | null
  /** Commit, perhaps abbreviated when it was asked for by its id; null in a repository without any. */
  commit: string | null
}

/** The branch that was asked for, or one at the tag, commit or request. Throws an `AppError` when there is none. */
export function chooseTip(asked: UpstreamRefs, wanted: string | undefined): Tip {
  const { refs, peeled, head } = asked
  if (wanted === undefined) return { branch: head, ref: head, commit: refs.get(head) ?? null }
  const ref = findRef(wanted, refs)
  if (ref !== null) {
    const branch = `refs/heads/${branchName(ref)}`
    return { branch, ref, commit: peeled.get(ref) ?? refs.get(ref) ?? null }
  }
  if (/^[0-9a-f]{7,40}$/.test(wanted))
    return { branch: `refs/heads/at-${wanted.slice(0, 7)}`, ref: null, commit: wanted }
  throw refNotFound(`no branch or tag named "${wanted}"`)
}

/** `pull-12` for `refs/pull/12/head`; of a branch or tag its own name. */
function branchName(ref: string): string {
  const [, kind = '', number = ''] = /^refs\/(pull|merge-requests|pull-requests)\/(\d+)\//.exec(ref) ?? []
  if (number !== '') return `${kind === 'merge-requests' ? 'merge' : 'pull'}-${number}`
  const name = ref.replace(/^refs\/(heads|tags)\//, '')
  return isRefName(`refs/heads/${name}`) ? name : 'main'
}

/** Refs of the upstream as a clone keeps them: branches below `refs/remotes/origin/`, tags as they are. */
export function clonedRefs(refs: Iterable<[ref: string, oid: string]>): Record<string, string> {
  const cloned: Record<string, string> = {}
  for (const [ref, oid] of refs) {
    const name = ref.replace(/^refs\/heads\//, 'refs/remotes/origin/')
    if (/^refs\/(remotes\/origin|tags)\//.test(name) && isRefName(name) && isOid(oid)) cloned[name] = oid
  }
  return cloned
}
