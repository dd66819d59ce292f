import type { ChangedFile, HistoryEntry } from '@codenest/platform/protocol'
import type { Diff, DiffText } from '../../kernel/diffs.ts'
import type { FileTexts } from '../../kernel/file-texts.ts'
import { baseName } from '../../kernel/paths.ts'
import type { HistoryPlace } from './place.ts'
import { nameOf } from './times.ts'

/** A save or commit, as far as its files are shown. */
export interface Point {
  commit: string | null
  label: string
}

export interface HistoryDiffs {
  /** A changed file, as it was at two points. */
  change: (file: ChangedFile, from: Point, to: Point) => Diff
  withNow: (entry: HistoryEntry, path: string) => Diff
  withBefore: (entry: HistoryEntry, path: string) => Diff
  text: (point: Point, path: string) => DiffText
}

export const pointOf = (entry: HistoryEntry): Point => ({ commit: entry.id, label: nameOf(entry) })
export const pointBefore = (entry: HistoryEntry): Point => ({ commit: entry.parent, label: 'The one before' })

export function createHistoryDiffs(place: HistoryPlace, texts: FileTexts): HistoryDiffs {
  const text = ({ commit, label }: Point, path: string): DiffText => ({
    label,
    // Before the first one there was nothing.
    load: (signal) => (commit === null ? Promise.resolve(null) : texts.load(commit, path, signal)),
  })
  const diff = (path: string, original: DiffText, modified: Diff['modified']): Diff => ({
    // One tab for all that is looked up in the history of a file.
    id: `history:${path}`,
    title: `${baseName(path)} (history)`,
    path,
    original,
    modified,
  })
  return {
    change: (file, from, to) => diff(file.path, text(from, file.path), text(to, file.path)),
    withNow: (entry, path) => diff(path, text(pointOf(entry), path), place.now(path)),
    withBefore: (entry, path) => diff(path, text(pointBefore(entry), path), text(pointOf(entry), path)),
    text,
  }
}
