import { percentile } from './sampling.ts'
import type { Samples } from './sampling.ts'

/** One line of a bench: ours beside a peer's, measured in the same run. */
export interface Row {
  what: string
  /** Of the last three, what counts is how much there is, not beside whom. */
  unit: 'ms' | 'MB' | 'KB' | 'requests'
  ours: Percentiles
  peer: string
  theirs: Percentiles
  /** Our median as a multiple of theirs. */
  ratio: number
  /** Most that the ratio may be or, of a size, that our median may be. */
  target: number | null
  ok: boolean | null
}

export interface Percentiles {
  p50: number
  p99: number
}

export function row(
  what: string,
  unit: Row['unit'],
  ours: Samples,
  peer: string,
  theirs: Samples,
  target: number | null = null,
): Row {
  const [mine, other] = [percentiles(ours), percentiles(theirs)]
  const ratio = mine.p50 / other.p50
  const isSize = unit !== 'ms'
  const ok =
    target === null || (theirs.length === 0 && !isSize) ? null : (isSize ? mine.p50 : ratio) <= target
  return { what, unit, ours: mine, peer, theirs: other, ratio: round(ratio, 3), target, ok }
}

/** Rows as an aligned Markdown table. */
export function table(rows: Row[]): string {
  const cells = [
    ['what', 'ours p50', 'p99', 'peer', 'p50', 'p99', 'ratio', 'target', ''],
    ...rows.map(({ what, unit, ours, peer, theirs, ratio, target, ok }) => [
      what,
      `${short(ours.p50)} ${unit}`,
      short(ours.p99),
      peer,
      Number.isNaN(theirs.p50) ? '' : `${short(theirs.p50)} ${unit}`,
      short(theirs.p99),
      Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)}×`,
      target === null ? '' : `≤ ${target}${unit === 'ms' ? '×' : ` ${unit}`}`,
      ok === null ? '' : ok ? 'met' : 'missed',
    ]),
  ]
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length))) ?? []
  const isNumber = (column: number): boolean => [1, 2, 4, 5, 6, 7].includes(column)
  const line = (texts: string[]): string =>
    `| ${texts.map((text, n) => (isNumber(n) ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0))).join(' | ')} |`
  const rule = widths.map((width, n) => (isNumber(n) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  const [head = [], ...body] = cells
  return [line(head), `| ${rule.join(' | ')} |`, ...body.map(line)].join('\n')
}

function percentiles(samples: Samples): Percentiles {
  return { p50: round(percentile(samples, 0.5), 2), p99: round(percentile(samples, 0.99), 2) }
}

/** '' when there is no such measurement. */
function short(value: number): string {
  if (Number.isNaN(value)) return ''
  return value >= 100 ? value.toFixed(0) : value.toFixed(1)
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
