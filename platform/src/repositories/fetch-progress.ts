import { formatBytes } from '../git/limits.ts'

/** How far a fetch is, as git tells. */
export interface FetchProgress {
  phase: 'counting' | 'receiving' | 'unpacking'
  /** Objects so far, and of how many when that is known. */
  objects: number
  total: number | null
  /** Bytes that have arrived; null while none have. */
  bytes: number | null
}

const UNITS: Record<string, number> = { bytes: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
const PHASES: [RegExp, FetchProgress['phase']][] = [
  [/^remote: (?:Enumerating|Counting|Compressing) objects/, 'counting'],
  [/^Receiving objects/, 'receiving'],
  [/^Resolving deltas/, 'unpacking'],
]
/** Characters of what is no progress: git's last words. */
const REST = 8_000

/** Takes git's standard error as it comes; what is no progress is kept as `rest`. */
export class ProgressReader {
  rest = ''
  readonly #tell: (progress: FetchProgress) => void
  #line = ''

  constructor(tell: (progress: FetchProgress) => void) {
    this.#tell = tell
  }

  add(text: string): void {
    const lines = (this.#line + text).split(/[\r\n]/)
    // Of a line without an end only so much is of use.
    this.#line = (lines.pop() ?? '').slice(-REST)
    for (const line of lines) {
      const progress = readProgress(line)
      if (progress) this.#tell(progress)
      else if (line !== '') this.rest = `${this.rest}${line}\n`.slice(-REST)
    }
  }
}

export function readProgress(line: string): FetchProgress | null {
  const phase = PHASES.find(([pattern]) => pattern.test(line))?.[1]
  const [, objects, total] = /: +\d+% \((\d+)\/(\d+)\)/.exec(line) ?? /: +(\d+)/.exec(line) ?? []
  if (phase === undefined || objects === undefined) return null
  const [, amount, unit = ''] = /, ([\d.]+) (bytes|KiB|MiB|GiB)/.exec(line) ?? []
  return {
    phase,
    objects: Number(objects),
    total: total === undefined ? null : Number(total),
    bytes: amount === undefined ? null : Math.round(Number(amount) * (UNITS[unit] ?? 1)),
  }
}

/** `1,234 of 2,742 objects, 12 MiB`. */
export function describeProgress({ phase, objects, total, bytes }: FetchProgress): string {
  const count = objects.toLocaleString('en')
  const of = total === null ? count : `${count} of ${total.toLocaleString('en')}`
  if (phase === 'counting') return `The host is counting: ${count} objects so far.`
  if (phase === 'unpacking') return `Unpacking: ${of} deltas.`
  return `${of} objects have arrived${bytes === null ? '' : `, ${formatBytes(bytes)}`}.`
}
