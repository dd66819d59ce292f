import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { rgPath } from '@vscode/ripgrep'

import { RunnerError } from '../errors.ts'
import { collect } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { SearchQuery } from './protocol.ts'
import { splitLines } from './split-lines.ts'

/** Text is valid UTF-8, bytes (base64) is not. */
export type RipgrepText = { text: string } | { bytes: string }

export interface RipgrepMatch {
  path: RipgrepText
  lines: RipgrepText
  line_number: number
  /** Of the line, in bytes of the file. */
  absolute_offset: number
  submatches: { match: RipgrepText; replacement?: RipgrepText; start: number; end: number }[]
}

export type RipgrepMessage =
  | { type: 'match'; data: RipgrepMatch }
  | { type: 'end'; data: { path: RipgrepText; binary_offset: number | null } }

export interface RipgrepOptions {
  layout: Pick<Layout, 'work' | 'home'>
  query: SearchQuery
  replacement: string | null
  /** Files or folders, relative to the work tree; everything when there are none. */
  paths: string[]
  /** Larger files are passed over. Bytes. */
  maxFileSize: number
  signal: AbortSignal
  /** A line of output was too long to be read: one of a file with a match. */
  onLongLine?: () => void
}

/**
 * What ripgrep tells, as it finds it. Ends quietly when the signal is aborted; throws `bad_request` when it cannot make
 * sense of the query.
 */
export async function* ripgrep(options: RipgrepOptions): AsyncIterable<RipgrepMessage> {
  const { layout, paths, signal } = options
  const child = spawn(rgPath, [...argumentsOf(options), '--', ...paths], {
    cwd: layout.work,
    env: { HOME: layout.home, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  if (signal.aborted) kill()
  const closed = once(child, 'close') as Promise<[number | null]>
  const problems = collect(child.stderr)
  try {
    for await (const line of splitLines(child.stdout, options.onLongLine)) {
      if (signal.aborted) return
      const message = JSON.parse(line) as RipgrepMessage
      if (message.type === 'match' || message.type === 'end') yield message
    }
    const [code] = await closed
    // 1: nothing was found. 2 may also say that some file could not be read, which is not worth a word.
    if (code === 2) refuseQuery((await problems).toString('utf8'))
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
    await closed
  }
}

export function bytesOf(text: RipgrepText): Buffer {
  return 'text' in text ? Buffer.from(text.text) : Buffer.from(text.bytes, 'base64')
}

function argumentsOf({ query, replacement, maxFileSize }: RipgrepOptions): string[] {
  const { text, regex, caseSensitive, word, include, exclude } = query
  return [
    '--json',
    '--no-config',
    '--hidden',
    '--crlf',
    // What is ignored is the repository's business alone.
    '--no-ignore-dot',
    // Offsets are those of the bytes on disk; what is in UTF-16 is no text here, as in the editor.
    '--encoding=none',
    `--max-filesize=${maxFileSize}`,
    caseSensitive ? '--case-sensitive' : '--ignore-case',
    ...(word ? ['--word-regexp'] : []),
    ...(regex ? [] : ['--fixed-strings']),
    ...include.flatMap((glob) => [`--glob=${glob}`, `--glob=${withoutSlash(glob)}/**`]),
    ...exclude.flatMap((glob) => [`--glob=!${glob}`, `--glob=!${withoutSlash(glob)}/**`]),
    '--glob=!.git',
    // Without groups there is nothing that a dollar could refer to.
    ...(replacement === null
      ? []
      : [`--replace=${regex ? replacement : replacement.replaceAll('$', '$$$$')}`]),
    `--regexp=${text}`,
  ]
}

function withoutSlash(glob: string): string {
  return glob.replace(/\/+$/, '')
}

function refuseQuery(problems: string): void {
  const [, reason] =
    /(?:regex parse error|error parsing glob|the literal)[^]*?(?:error: )?([^\n]+)\n*$/.exec(problems) ?? []
  if (reason === undefined) return
  throw new RunnerError(
    'bad_request',
    `That cannot be searched for: ${reason.trim().replace(/^error: /, '')}.`,
  )
}
