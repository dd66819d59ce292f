/** What one repository and one push may cost; the only place where such numbers are. Byte counts unless said. */
export interface Limits {
  /** Of one push, as it comes over the wire. */
  packBytes: number
  /** Objects in one push. */
  packObjects: number
  /** Memory that unpacking one object may take: a delta of a few bytes can make an object of gigabytes. */
  unpackMemory: number
  /** Seconds of processor time that unpacking one push may take. */
  unpackSeconds: number
  /** Refs of one repository, hidden ones included. */
  refs: number
  /** All packs of one repository. */
  repositoryBytes: number
  /** All packs of all repositories of one owner; what forks share counts once. */
  ownerBytes: number
  /** Milliseconds in which a client that is not done sends at least something. */
  silence: number
}

export const DEFAULT_LIMITS: Limits = {
  packBytes: 2 * 1024 ** 3,
  packObjects: 5_000_000,
  unpackMemory: 1024 ** 3,
  unpackSeconds: 600,
  refs: 20_000,
  repositoryBytes: 8 * 1024 ** 3,
  ownerBytes: 64 * 1024 ** 3,
  silence: 60_000,
}

/** `2 GiB`: a size as people read it. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`
}
