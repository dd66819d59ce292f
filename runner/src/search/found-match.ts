import type { FoundMatch } from './protocol.ts'
import { bytesOf } from './ripgrep.ts'
import type { RipgrepMatch } from './ripgrep.ts'

/** UTF-16 units that are shown of a line before a match, and at most in all. */
const BEFORE = 60
const SHOWN = 260

/** All matches of a line, with places in UTF-16 units as an editor counts them. */
export function foundMatches({
  lines,
  line_number: line,
  absolute_offset,
  submatches,
}: RipgrepMatch): FoundMatch[] {
  const bytes = bytesOf(lines)
  const text = bytes.toString('utf8').replace(/\r?\n$/, '')
  let byte = 0
  let unit = 0
  /** Called with growing places: each part of the line is looked at once. */
  const unitsUntil = (place: number): number => {
    unit += bytes.subarray(byte, place).toString('utf8').length
    byte = place
    return unit
  }
  return submatches.map(({ start, end, replacement }) => {
    const from = unitsUntil(start)
    const to = unitsUntil(end)
    const cut = from > BEFORE && text.length > SHOWN ? from - BEFORE : 0
    const preview = text.slice(cut, cut + SHOWN)
    return {
      line,
      column: from + 1,
      length: to - from,
      offset: absolute_offset + start,
      preview,
      start: from - cut,
      end: Math.min(to - cut, preview.length),
      replacement: replacement ? bytesOf(replacement).toString('utf8') : null,
    }
  })
}
