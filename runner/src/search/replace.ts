import { readFile } from 'node:fs/promises'

import { RunnerError, toRunnerError } from '../errors.ts'
import type { WorkPaths } from '../files/paths.ts'
import type { Layout } from '../layout.ts'
import { MAX_TEXT_FILE_BYTES } from '../protocol.ts'
import type { RequestPayload } from '../protocol.ts'
import type { Rewrite, Rewritten } from '../saves/rewrite.ts'
import type { Replaced } from './protocol.ts'
import { bytesOf, ripgrep } from './ripgrep.ts'

/** Files that one ripgrep is given: a command line has an end. */
const FILES_AT_ONCE = 500
/** Bytes of files that are changed together; they are in memory until they are saved. */
const MOST_BYTES = 128 * 1024 * 1024
const CHANGED = 'It has changed since it was searched. Search again.'

export interface ReplaceOptions {
  layout: Layout
  paths: WorkPaths
  replacements: { rewrite(rewrite: Rewrite): Promise<Rewritten> }
}

interface Change {
  /** Where it is, in bytes of the file, and what is there. */
  start: number
  end: number
  was: Buffer
  becomes: Buffer
}

/**
 * Searches the files once more and replaces what was asked for, all in one save. What differs from what the person saw
 * is left as it is.
 */
export async function replaceMatches(
  options: ReplaceOptions,
  { saveId, query, replacement, files }: RequestPayload<'search.replace'>,
): Promise<Replaced> {
  const left: Replaced['left'] = []
  const wanted = new Map<string, number[]>()
  for (const { path, offsets } of files) {
    const reason = await whyNot(options.paths, path)
    if (reason === null) wanted.set(path, offsets)
    else left.push({ path, reason })
  }
  const rewrite: Rewrite = {
    saveId,
    subject: `Replace ${shorten(query.text)} with ${shorten(replacement)}`,
    files: [],
  }
  let size = 0
  let matches = 0
  for await (const [path, changes] of findChanges(options, query, replacement, [...wanted.keys()])) {
    const offsets = wanted.get(path) ?? []
    const chosen = offsets.map((offset) => changes.find(({ start }) => start === offset))
    const before = await readFile(`${options.layout.work}/${path}`)
    const after = chosen.every((change) => change !== undefined) ? apply(before, chosen) : null
    wanted.delete(path)
    if (after === null) {
      left.push({ path, reason: CHANGED })
      continue
    }
    size += after.length
    if (size > MOST_BYTES)
      throw new RunnerError('limit_reached', 'These are too many files at once: replace in fewer of them.')
    matches += offsets.length
    rewrite.files.push({ path, before, after })
  }
  for (const path of wanted.keys()) left.push({ path, reason: CHANGED })
  if (rewrite.files.length === 0) return { matches: 0, files: 0, left }
  const { left: unsaved } = await options.replacements.rewrite(rewrite)
  for (const path of unsaved) {
    left.push({ path, reason: 'No save holds it as it is on disk, so it could not be brought back.' })
    matches -= files.find((file) => file.path === path)?.offsets.length ?? 0
  }
  return { matches, files: rewrite.files.length - unsaved.length, left }
}

async function whyNot(paths: WorkPaths, path: string): Promise<string | null> {
  try {
    const { relative, stats } = await paths.locate(path)
    if (!stats?.isFile() || relative !== path) return CHANGED
    return stats.size > MAX_TEXT_FILE_BYTES ? 'It is too large to be edited.' : null
  } catch (error) {
    const known = toRunnerError(error)
    if (known) return known.message
    throw error
  }
}

/** Of each file that still has matches, all of them. */
async function* findChanges(
  { layout }: ReplaceOptions,
  query: RequestPayload<'search.replace'>['query'],
  replacement: string,
  paths: string[],
): AsyncIterable<[string, Change[]]> {
  for (let at = 0; at < paths.length; at += FILES_AT_ONCE) {
    const found = new Map<string, Change[]>()
    const messages = ripgrep({
      layout,
      // The files are named; which of them to look at was the search's question.
      query: { ...query, include: [], exclude: [] },
      replacement,
      paths: paths.slice(at, at + FILES_AT_ONCE),
      maxFileSize: MAX_TEXT_FILE_BYTES,
      signal: new AbortController().signal,
    })
    for await (const { type, data } of messages) {
      if (!('text' in data.path)) continue
      const path = data.path.text
      if (type === 'end') {
        const changes = found.get(path)
        found.delete(path)
        if (changes && data.binary_offset === null) yield [path, changes]
        continue
      }
      const changes = found.get(path) ?? []
      found.set(path, changes)
      for (const { start, end, match, replacement: text } of data.submatches)
        if (text)
          changes.push({
            start: data.absolute_offset + start,
            end: data.absolute_offset + end,
            was: bytesOf(match),
            becomes: bytesOf(text),
          })
    }
  }
}

/** null when they are not of these bytes: the file was written since ripgrep read it. */
function apply(before: Buffer, changes: Change[]): Buffer | null {
  const pieces: Buffer[] = []
  let at = 0
  for (const { start, end, was, becomes } of changes.toSorted((a, b) => a.start - b.start)) {
    if (start < at || !before.subarray(start, end).equals(was)) return null
    pieces.push(before.subarray(at, start), becomes)
    at = end
  }
  return Buffer.concat([...pieces, before.subarray(at)])
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return `“${line.length > 30 ? `${line.slice(0, 29)}…` : line}”`
}
