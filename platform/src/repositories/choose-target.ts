import { AppError } from '../errors.ts'
import { isRefName } from '../git/ref-name.ts'
import type { PlaceTarget } from './place.ts'

/** What a workspace is opened at, as it is declared. */
export interface Chosen {
  /** Branch, tag, full ref (`refs/pull/12/head`) or commit; undefined for the default branch. */
  ref: string | undefined
  /** Folder or file to show first, without a slash at either end. */
  path: string | undefined
}

/** Separates ref and path by the refs that the host has. Throws an `AppError` when it has none that fits. */
export function chooseTarget(target: PlaceTarget, refs: ReadonlyMap<string, string>): Chosen {
  switch (target.kind) {
    case 'default':
      return { ref: undefined, path: undefined }
    case 'commit':
      return { ref: target.commit, path: pathOf(target.path) }
    case 'pull':
      if (refs.has(target.ref)) return { ref: target.ref, path: undefined }
      throw refNotFound(`no request number ${target.number}, or keeps its commits to itself`)
    default:
      return splitRef(target, refs)
  }
}

/** The longest beginning that is a branch or a tag, as the hosts themselves read it; a branch before a tag. */
function splitRef(
  { among, text }: Extract<PlaceTarget, { kind: 'ref' }>,
  refs: ReadonlyMap<string, string>,
): Chosen {
  const parts = text.split('/').filter(Boolean)
  const spaces = among === 'any' ? ['heads', 'tags'] : among === 'branch' ? ['heads'] : ['tags']
  for (let count = parts.length; count > 0; count -= 1) {
    const name = parts.slice(0, count).join('/')
    if (spaces.some((space) => refs.has(`refs/${space}/${name}`)))
      return { ref: name, path: pathOf(parts.slice(count).join('/')) }
  }
  const [first = '', ...rest] = parts
  if (first === 'HEAD') return { ref: undefined, path: pathOf(rest.join('/')) }
  if (among === 'any' && /^[0-9a-f]{7,40}$/.test(first)) return { ref: first, path: pathOf(rest.join('/')) }
  throw refNotFound(`no ${among === 'any' ? 'branch or tag' : among} named "${text}"`)
}

export function refNotFound(what: string): AppError {
  return new AppError(
    422,
    'ref_not_found',
    `The repository has ${what}. Leave it out for the default branch.`,
  )
}

/** What a name that a person or a document gives means: the full ref, or null when it can only be a commit. */
export function findRef(name: string, refs: ReadonlyMap<string, string>): string | null {
  const candidates = [`refs/heads/${name}`, `refs/tags/${name}`, name]
  return candidates.find((ref) => isRefName(ref) && refs.has(ref)) ?? null
}

function pathOf(path: string): string | undefined {
  return path === '' || path.split('/').some((part) => /^(\.{0,2}|\.git)$/i.test(part)) ? undefined : path
}
