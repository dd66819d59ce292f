const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** A size as a person reads it: `820 bytes`, `1.4 kB`, `140 MB`; units are powers of 1024, as in the limits. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) return '1 byte'
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const value = bytes / 1024 ** power
  const digits = power > 0 && value < 9.95 ? 1 : 0
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[power]}`
}
