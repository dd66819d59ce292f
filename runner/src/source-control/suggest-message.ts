import type { GitChange } from './protocol.ts'

const CONVENTIONAL = /^[a-z]+(?:\([^)]*\))?!?: /
const MOST_NAMES = 3

/**
 * A subject for a commit of these changes: what was done to which files, in the shape that most of the repository's
 * past subjects have (`Update a.ts`, `update a.ts`, `chore: update a.ts`). The same input always gives the same text.
 */
export function suggestMessage(changes: GitChange[], pastSubjects: string[]): string {
  if (changes.length === 0) return ''
  const sentence = describeChanges(changes)
  const lower = sentence.charAt(0).toLowerCase() + sentence.slice(1)
  const most = (fits: (subject: string) => boolean): boolean =>
    pastSubjects.length > 0 && pastSubjects.filter(fits).length * 2 > pastSubjects.length
  if (most((subject) => CONVENTIONAL.test(subject))) return `${conventionalType(changes)}: ${lower}`
  return most((subject) => /^[a-z]/.test(subject)) ? lower : sentence
}

function describeChanges(changes: GitChange[]): string {
  const [first] = changes
  if (changes.length === 1 && first?.kind === 'renamed' && first.from !== null) {
    return `Rename ${baseName(first.from)} to ${sameFolder(first) ? baseName(first.path) : first.path}`
  }
  const verbs = new Set(changes.map(verbOf))
  const [verb = 'Update'] = verbs.size === 1 ? verbs : ['Update']
  return `${verb} ${listNames(changes.map(({ path }) => path))}`
}

function listNames(paths: string[]): string {
  const names = paths.map(baseName)
  if (paths.length <= MOST_NAMES) return joinWords(names)
  const folder = commonFolder(paths)
  return `${paths.length} files${folder === '' ? '' : ` in ${folder}`}`
}

function joinWords(words: string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function verbOf({ kind }: GitChange): string {
  if (kind === 'added' || kind === 'untracked' || kind === 'copied') return 'Add'
  if (kind === 'renamed') return 'Move'
  return kind === 'deleted' ? 'Delete' : 'Update'
}

function conventionalType(changes: GitChange[]): string {
  const all = (pattern: RegExp): boolean => changes.every(({ path }) => pattern.test(path))
  if (all(/\.(?:md|mdx|rst|txt)$|(?:^|\/)docs\//i)) return 'docs'
  return all(/\.(?:test|spec)\.|(?:^|\/)(?:tests?|__tests__)\//i) ? 'test' : 'chore'
}

function commonFolder(paths: string[]): string {
  const folders = paths.map((path) => path.split('/').slice(0, -1))
  const [first = []] = folders
  const depth = first.findIndex((name, n) => folders.some((folder) => folder[n] !== name))
  return (depth < 0 ? first : first.slice(0, depth)).join('/')
}

function sameFolder({ path, from }: GitChange): boolean {
  return commonFolder([path, from ?? path]) === path.split('/').slice(0, -1).join('/')
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
