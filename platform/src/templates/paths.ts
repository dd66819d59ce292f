import { LIMITS } from './limits.ts'
import { templateError } from './problem.ts'
import { TemplateText } from './text.ts'
import type { Values } from './text.ts'

/** What some file system takes for nothing in a name: HFS+ ignores it. */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x1f\x7f]/

/** Where a file of a template goes. Each name of its path is rendered by itself, unless it is raw, and stays one name. */
export function renderPath(path: string, values: Values | null): string {
  const declared = new Set(values?.keys())
  const target = path
    .split('/')
    .map((part) => {
      const name = values ? renderName(path, part, values, declared) : part
      const problem = nameProblem(name)
      if (problem !== null)
        throw templateError(path, null, `it would be named ${JSON.stringify(name)}, ${problem}.`)
      return name
    })
    .join('/')
  if (target.length > LIMITS.pathLength)
    throw templateError(path, null, `its path would have more than ${LIMITS.pathLength} characters.`)
  return target
}

function renderName(path: string, part: string, values: Values, declared: Set<string>): string {
  try {
    return TemplateText.parse(path, part, declared).render(values, LIMITS.pathLength)
  } catch (error) {
    if (error instanceof RangeError) throw templateError(path, null, 'its name would be too long.')
    throw error
  }
}

function nameProblem(name: string): string | null {
  if (name === '') return 'which is no name'
  if (name === '.' || name === '..' || name.includes('/')) return 'which leads elsewhere'
  if (CONTROL.test(name)) return 'which has characters that cannot be printed'
  const isGit = name.split('\\').some((part) => ['.git', 'git~1'].includes(fold(part)))
  if (isGit) return "which is git's own"
  return Buffer.byteLength(name) > 255 ? 'which is too long for a name' : null
}

/** As NTFS and HFS+ compare names. */
function fold(name: string): string {
  return name
    .replaceAll(IGNORED, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[ .]+$/, '')
}

/**
 * A link leads up first and then down, and never above the work tree: so no chain of links leaves it either, for
 * folders on the way to a link are none themselves.
 */
export function assertLinkInside(path: string, target: string, content: Uint8Array): void {
  const text = Buffer.from(content).toString()
  const refuse = (why: string): never => {
    throw templateError(path, null, `it is a link to ${JSON.stringify(text.slice(0, 200))}, ${why}.`)
  }
  if (text === '' || text.length > LIMITS.pathLength || CONTROL.test(text)) refuse('which is no path')
  if (text.startsWith('/') || text.includes('\\')) refuse('which is not relative')
  const parts = text.split('/')
  const down = parts.findIndex((part) => part !== '..')
  const ups = down === -1 ? parts.length : down
  if (ups > target.split('/').length - 1) refuse('which is outside of the workspace')
  for (const part of parts.slice(ups)) if (nameProblem(part) !== null) refuse('which leads elsewhere')
}
