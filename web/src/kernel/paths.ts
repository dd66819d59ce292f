/** Paths inside a workspace: relative, `/`-separated; '' is the root. */

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

export function isInside(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}

/** Folders above a path, outermost first, without the root. */
export function ancestorsOf(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(0, -1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

/** Where `path` is after `from` was renamed to `to`; itself when it is elsewhere. */
export function movedPath(path: string, from: string, to: string): string {
  return isInside(path, from) ? to + path.slice(from.length) : path
}

/** What the `turn`th copy of a file is called: `a copy.ts`, `a copy 2.ts`. */
export function copyName(name: string, turn: number): string {
  const dot = name.lastIndexOf('.')
  const stem = dot > 0 ? name.slice(0, dot) : name
  return `${stem} copy${turn > 1 ? ` ${turn}` : ''}${name.slice(stem.length)}`
}

/** Why a person may not give a file this name (`a/b.ts` makes folders on the way), or null when it is fine. */
export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'A name is needed.'
  if (name.startsWith('/') || name.endsWith('/')) return 'A name cannot start or end with a slash.'
  for (const segment of name.split('/')) {
    if (segment === '') return 'There is an empty folder name in it.'
    if (segment === '.' || segment === '..') return `“${segment}” cannot be a name.`
    if (segment.toLowerCase() === '.git') return '“.git” belongs to Git and is not shown here.'
  }
  return name.includes('\0') ? 'A name cannot hold a NUL character.' : null
}

/** Tells tabs of equal names apart: the shortest tail of folders that differs, '' where the name is enough. */
export function distinguish(paths: string[]): Map<string, string> {
  const result = new Map<string, string>()
  for (const path of paths) {
    const twins = paths.filter((other) => other !== path && baseName(other) === baseName(path))
    const folders = parentOf(path).split('/')
    let hint = ''
    for (let depth = 1; twins.length > 0 && depth <= folders.length; depth++) {
      hint = folders.slice(-depth).join('/')
      if (!twins.some((twin) => parentOf(twin) === hint || parentOf(twin).endsWith(`/${hint}`))) break
    }
    result.set(path, twins.length > 0 ? hint || '.' : '')
  }
  return result
}
