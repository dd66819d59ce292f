/** A path that is searched, in lower case, and where its name begins. */
export interface Searchable {
  lower: string
  name: number
}

/** So many paths are ranked within a few milliseconds. */
const ENOUGH = 1_000

/**
 * The paths that are worth ranking: with so many that hold the text as it was typed, those in which its letters are
 * merely scattered do not matter. Names that begin with it come first, then other names, then folders. `text` is in lower
 * case.
 */
export function narrow<T extends Searchable>(all: T[], text: string): T[] {
  const beginning: T[] = []
  const naming: T[] = []
  const holding: T[] = []
  for (const each of all) {
    if (beginning.length === ENOUGH) break
    if (each.lower.startsWith(text, each.name)) beginning.push(each)
    else if (naming.length < ENOUGH && each.lower.includes(text, each.name)) naming.push(each)
    else if (holding.length < ENOUGH && each.lower.includes(text)) holding.push(each)
  }
  if (beginning.length + naming.length + holding.length < ENOUGH) return all
  return [...beginning, ...naming, ...holding].slice(0, ENOUGH)
}
