/** Something in a line of text that looks like a file, with the place in it. */
export interface FilePlace {
  /** Where it stands in the line, in UTF-16 units. */
  index: number
  length: number
  path: string
  /** Count from 1. */
  line: number
  column: number
}

/** Most of a line's candidates that are looked at. */
const LIMIT = 16
/** `File "app.py", line 12`: Python's way. */
const PYTHON = /File "([^"]+)", line (\d+)/g
/** `src/app.ts:12:5`, `src/app.ts(12,5)`, `/work/app.ts`, `app.ts:12`: a folder or a suffix makes it a file. */
const PLAIN = /(?:[\w.@+~-]*\/)*[\w.@+-]+(?::(\d+)(?::(\d+))?|\((\d+),(\d+)\))?/g

/** What in this line may be a file. Whether it is one has to be asked. */
export function findFilePlaces(text: string): FilePlace[] {
  const found: FilePlace[] = []
  for (const match of text.matchAll(PYTHON)) {
    const [whole, path = '', line] = match
    found.push({ index: match.index, length: whole.length, path, line: Number(line), column: 1 })
  }
  for (const match of text.matchAll(PLAIN)) {
    const { index } = match
    const [whole, line, column, bracketLine, bracketColumn] = match
    if (found.some((place) => index < place.index + place.length && index >= place.index)) continue
    // A path in a URL is the URL's.
    if (/[\w:/.]$/.test(text.slice(0, index)) || text.slice(0, index).endsWith('//')) continue
    const place = /:\d+(?::\d+)?$|\(\d+,\d+\)$/.exec(whole)?.[0] ?? ''
    const path = whole.slice(0, whole.length - place.length).replace(/\.+$/, '')
    if (!/[\w-]/.test(path) || !/\/|\.[A-Za-z]\w*$/.test(path)) continue
    found.push({
      index,
      length: path.length + place.length,
      path,
      line: Number(line ?? bracketLine ?? 1),
      column: Number(column ?? bracketColumn ?? 1),
    })
  }
  return found.slice(0, LIMIT)
}
