const SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** The number that a Kubernetes quantity like `500m` or `2Gi` stands for; null when it is none. */
export function parseQuantity(value: unknown): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?(?:e\d{1,2})?)([a-zA-Z]*)$/.exec(String(value)) ?? []
  const factor = Object.hasOwn(SUFFIXES, suffix) ? SUFFIXES[suffix] : undefined
  return digits === undefined || factor === undefined ? null : Number(digits) * factor
}

/** Processors as the API server writes them, which is how they come back from it. */
export function cpuQuantity(cpu: number): string {
  const milli = Math.ceil(Number((cpu * 1000).toFixed(3)))
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}

/** Bytes with the largest binary suffix that leaves a whole number, as the API server writes them. */
export function byteQuantity(bytes: number): string {
  let value = Math.ceil(bytes)
  let unit = 0
  for (; value % 1024 === 0 && unit < 5; unit += 1) value /= 1024
  return `${value}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'][unit]}`
}
