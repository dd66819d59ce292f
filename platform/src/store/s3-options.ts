export interface S3Options {
  bucket: string
  region: string
  /** null for AWS itself. */
  endpoint: string | null
  /** Bucket in the path instead of the host name, as most self-hosted servers want it. */
  pathStyle: boolean
  /** '' or a prefix that ends in `/`. */
  prefix: string
  /** null: the SDK's default provider chain. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null
}

/**
 * Every call ends. A call's deadline is `call` plus the time that its bytes take at `bytesPerSecond`; a put that has
 * reached it is `unknown`, everything else fails. A connection has to stand within `connect`. A download has no
 * deadline as long as bytes arrive: after `idle` without one it is begun anew, as often as a read may be repeated.
 * Times are in milliseconds.
 */
export interface S3Tuning {
  connect: number
  call: number
  idle: number
  bytesPerSecond: number
  /** Reads, deletes, lists and parts are tried this often; conditional PUTs once. */
  attempts: number
  /** Files above this are written in parts. */
  multipartAbove: number
  partBytes: number
}

export const DEFAULT_TUNING: S3Tuning = {
  connect: 5000,
  call: 10_000,
  idle: 20_000,
  bytesPerSecond: 256 * 1024,
  attempts: 4,
  multipartAbove: 64 * 1024 * 1024,
  partBytes: 8 * 1024 * 1024,
}
