/** What a template may be, before and after it is rendered. Sizes in bytes. */
export const LIMITS = {
  /** Files of a template. */
  files: 2000,
  /** All of its files together, and all that they render to. */
  bytes: 16 * 2 ** 20,
  /** `template.yaml`. */
  manifestBytes: 64 * 2 ** 10,
  /** A file that is rendered. */
  sourceBytes: 256 * 2 ** 10,
  /** Characters of a path, and names in it. */
  pathLength: 512,
  pathDepth: 32,
  /** Blocks and calls within each other. */
  nesting: 32,
  parameters: 64,
  /** Of `raw` and `files`. */
  patterns: 100,
  patternLength: 200,
  /** Milliseconds for one template to be read, checked or rendered. */
  time: 5000,
  /** Megabytes of memory for that. */
  memory: 192,
} as const
