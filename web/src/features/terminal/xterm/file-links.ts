import type { IBufferLine, ILink, Terminal } from '@xterm/xterm'
import { findFilePlaces, type FilePlace } from '../../../kernel/file-places.ts'

export interface FileLinks {
  /** The files of the workspace that are meant; null for what is none. */
  resolve: (paths: string[]) => Promise<(string | null)[]>
  open: (path: string, place: Pick<FilePlace, 'line' | 'column'>) => void
}

/** Makes links of files that a program names on the screen, if they exist. */
export function linkFiles(terminal: Terminal, files: FileLinks): void {
  terminal.registerLinkProvider({
    provideLinks: (row, done) => {
      const line = terminal.buffer.active.getLine(row - 1)
      if (!line) return done(undefined)
      const { text, columns } = readLine(line)
      const places = findFilePlaces(text)
      if (places.length === 0) return done(undefined)
      const toLink = (place: FilePlace, path: string | null): ILink[] =>
        path === null
          ? []
          : [
              {
                text: text.slice(place.index, place.index + place.length),
                range: {
                  start: { x: (columns[place.index] ?? 0) + 1, y: row },
                  end: { x: (columns[place.index + place.length - 1] ?? 0) + 1, y: row },
                },
                activate: () => files.open(path, place),
              },
            ]
      files.resolve(places.map(({ path }) => path)).then(
        (paths) => done(places.flatMap((place, index) => toLink(place, paths[index] ?? null))),
        () => done(undefined),
      )
    },
  })
}

/** The text of a line, and the column of each of its UTF-16 units: wide characters take two. */
function readLine(line: IBufferLine): { text: string; columns: number[] } {
  let text = ''
  const columns: number[] = []
  for (let x = 0; x < line.length; x++) {
    const cell = line.getCell(x)
    if (!cell || cell.getWidth() === 0) continue
    const chars = cell.getChars() || ' '
    for (let unit = 0; unit < chars.length; unit++) columns.push(x)
    text += chars
  }
  return { text, columns }
}
