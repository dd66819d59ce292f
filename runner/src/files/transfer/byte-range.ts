export interface ByteRange {
  start: number
  /** Last byte, inclusive. */
  end: number
}

/**
 * One range of a file of `size` bytes, as a player asks for when somebody jumps. null: the whole file, also for several
 * ranges and for what is no range at all. 'none': there are no such bytes.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | null | 'none' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return null
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(first) > Number(last)) return null
  return start < size && end >= start ? { start, end } : 'none'
}
