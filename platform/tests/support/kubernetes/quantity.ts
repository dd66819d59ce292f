import { ApiError } from './api-error.ts'

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E']

export interface Quantity {
  /** In thousandths. */
  milli: bigint
  binary: boolean
}

/** `500m`, `2`, `1.5Gi`, `2147483648`. */
export function parseQuantity(text: string | number): Quantity {
  const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)$/.exec(String(text))
  if (!match)
    throw new ApiError(
      500,
      'InternalError',
      "unable to convert unstructured object: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    )
  const [, whole = '0', fraction = '', suffix = ''] = match
  const scaled = BigInt(whole + fraction.padEnd(9, '0').slice(0, 9))
  const binary = BINARY.indexOf(suffix)
  const decimal = DECIMAL.indexOf(suffix)
  if (suffix === 'm') return { milli: scaled / 10n ** 9n, binary: false }
  const factor = binary > 0 ? 1024n ** BigInt(binary) : 1000n ** BigInt(Math.max(decimal, 0))
  return { milli: (scaled * factor * 1000n) / 10n ** 9n, binary: binary > 0 }
}

/** As the API server writes it. */
export function formatQuantity({ milli, binary }: Quantity): string {
  if (milli % 1000n !== 0n) return `${milli}m`
  let value = milli / 1000n
  const units = binary ? BINARY : DECIMAL
  const step = binary ? 1024n : 1000n
  let unit = 0
  while (value !== 0n && value % step === 0n && unit < units.length - 1) {
    value /= step
    unit += 1
  }
  return `${value}${units[unit]}`
}

export function sum(a: Quantity, b: Quantity): Quantity {
  return { milli: a.milli + b.milli, binary: a.milli === 0n ? b.binary : a.binary }
}

export const NOTHING: Quantity = { milli: 0n, binary: false }
