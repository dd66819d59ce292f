/** Pieces of output from this size on are a flood, in UTF-16 units; what is smaller is shown at once. */
const FLOOD_PIECE = 8 * 1024
/** A flood is shown this often, in milliseconds. */
const SHOW_EVERY = 80
/** Most that is held back, in UTF-16 units. */
const MOST_HELD = 1024 * 1024
/** Anything but text, tabs and line ends: it may change more than the lines that it is on. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/

/** The beginning of a sequence, whose rest looks like text. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CUT = /\x1b(\[[ -?]*)?$/

export interface FloodTarget {
  write: (data: string, done: () => void) => void
  /** Lines that it holds above and on its screen; null while a program draws on it, so that every byte counts. */
  lines: () => number | null
}

export interface FloodGate {
  write: (data: string, done: () => void) => void
  /** Everything that is held back goes on; what follows comes behind it. */
  flush: () => void
}

/**
 * Passes output on to a terminal, but of a flood of plain text only what its scrollback has room for: lines that would
 * be scrolled out of it before anybody could look are never parsed. What is on it in the end is the same.
 */
export function createFloodGate(target: FloodTarget): FloodGate {
  let held: { data: string; ends: number }[] = []
  let length = 0
  let ends = 0
  let isCut = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const ignore = () => {}
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const pieces = held
    held = []
    length = 0
    ends = 0
    for (const { data } of pieces) target.write(data, ignore)
  }

  return {
    flush,
    write: (data, done) => {
      const isPlain = data.length >= FLOOD_PIECE && !isCut && !CONTROLS.test(data)
      const lines = isPlain ? target.lines() : null
      if (lines === null) {
        flush()
        target.write(data, done)
        isCut = CUT.test(data)
        return
      }
      const piece = { data, ends: countLineEnds(data) }
      held.push(piece)
      length += data.length
      ends += piece.ends
      // The first piece that stays may begin within a line: that one is scrolled out as well.
      for (let first = held[0]; first && ends - first.ends > lines + 1; first = held[0]) {
        held.shift()
        length -= first.data.length
        ends -= first.ends
      }
      if (length > MOST_HELD) flush()
      timer ??= setTimeout(flush, SHOW_EVERY)
      done()
    },
  }
}

/** Programs' lines end in both: after them the cursor is at the beginning, wherever it was. */
function countLineEnds(data: string): number {
  let count = 0
  for (let at = data.indexOf('\r\n'); at >= 0; at = data.indexOf('\r\n', at + 2)) count++
  return count
}
