import { createHash } from 'node:crypto'

import type { GitHunk } from './protocol.ts'

/** A hunk with what it takes to make a patch of it. Texts are latin1, one character a byte. */
export interface DiffHunk {
  id: string
  header: string
  /** Line in the newer text, 1-based. */
  line: number
  section: string
  lines: string[]
}

export interface FileDiff {
  /** `diff --git …`, `---`, `+++` and what stands between them. */
  header: string[]
  hunks: DiffHunk[]
  binary: boolean
}

const HUNK = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/s
/** A line that is shown may be this long, in characters. */
const MAX_SHOWN_LINE = 400

/** Reads the unified diff of one file. */
export function parseDiff(output: Buffer): FileDiff {
  // One character a byte, so that a patch has the very bytes of the diff whatever their encoding.
  const lines = output.toString('latin1').split('\n')
  if (lines.at(-1) === '') lines.pop()
  const first = lines.findIndex((line) => line.startsWith('@@ '))
  const header = first < 0 ? lines : lines.slice(0, first)
  const hunks: DiffHunk[] = []
  const seen = new Map<string, number>()
  for (const line of first < 0 ? [] : lines.slice(first)) {
    const match = HUNK.exec(line)
    if (match) {
      hunks.push({ id: '', header: line, line: Number(match[1]), section: match[2] ?? '', lines: [] })
    } else hunks.at(-1)?.lines.push(line)
  }
  for (const hunk of hunks) {
    const text = hunk.lines.join('\n')
    const twin = seen.get(text) ?? 0
    seen.set(text, twin + 1)
    // Line numbers are left out: a hunk is the same after another one above it was staged.
    hunk.id = createHash('sha256').update(`${twin}\n${text}`, 'latin1').digest('hex').slice(0, 32)
  }
  const binary = header.some((line) => line.startsWith('Binary files ') || line === 'GIT binary patch')
  return { header, hunks, binary }
}

/** The patch of one hunk alone, for `git apply`. */
export function patchOf({ header }: FileDiff, hunk: DiffHunk): Buffer {
  // A changed mode is not part of the hunk.
  const kept = header.filter((line) => !/^(?:old mode|new mode) /.test(line))
  return Buffer.from(`${[...kept, hunk.header, ...hunk.lines].join('\n')}\n`, 'latin1')
}

/** As it goes to the page. */
export function shownHunk(hunk: DiffHunk, maxLines: number): GitHunk {
  const shown = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')
  return {
    id: hunk.id,
    line: hunk.line,
    section: shown(hunk.section).slice(0, MAX_SHOWN_LINE),
    lines: hunk.lines.slice(0, maxLines).map((line) => shown(line).slice(0, MAX_SHOWN_LINE)),
  }
}
