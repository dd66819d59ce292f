import fuzzysort from 'fuzzysort'
import type { Accessor } from 'solid-js'
import type { Commands } from '../../kernel/commands.ts'
import { baseName, parentOf } from '../../kernel/paths.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'
import { fileIndexOf } from './file-index.ts'
import { narrow } from './narrow.ts'

export interface TextPart {
  text: string
  hit: boolean
}

export interface PaletteItem {
  title: TextPart[]
  hint: string
  /** Name whose icon stands before it. */
  file: string | null
  key: string | null
  run: () => void
}

const MAX_SHOWN = 40
const THRESHOLD = 0.2

export function commandItems(commands: Commands, text: string): PaletteItem[] {
  const all = commands.available().toSorted((a, b) => a.title.localeCompare(b.title))
  const item = (command: (typeof all)[number], indexes: ReadonlyArray<number>): PaletteItem => ({
    title: markHits(command.title, indexes),
    hint: '',
    file: null,
    key: command.keys?.[0] ?? null,
    run: () => commands.run(command.id),
  })
  if (text === '') return all.map((command) => item(command, []))
  return fuzzysort
    .go(text, all, { key: 'title', limit: MAX_SHOWN, threshold: THRESHOLD })
    .map((result) => item(result.obj, result.indexes))
}

export interface FileItems {
  find: (text: string) => PaletteItem[]
  /** What to say when nothing is found. */
  message: Accessor<string>
}

/** Files of the workspace; without a text those used last, the one before the active one first. */
export function createFileItems(session: WorkspaceSession): FileItems {
  const { tabs, edit } = session
  const index = fileIndexOf(session)
  index.refresh()

  const item = (path: string, indexes: ReadonlyArray<number>): PaletteItem => {
    const start = path.length - baseName(path).length
    return {
      title: markHits(
        baseName(path),
        indexes.filter((index) => index >= start).map((index) => index - start),
      ),
      hint: parentOf(path),
      file: baseName(path),
      key: null,
      run: () => edit(path),
    }
  }
  return {
    message: index.message,
    find: (typed) => {
      // The letters in their order are what counts; words of their own would be looked for one by one.
      const text = typed.replaceAll(' ', '')
      const recent = tabs.state().recent
      if (text === '') {
        const used = recent.filter((path) => path !== tabs.active())
        // As many as are shown, even if all that were used are among them.
        const some = index.files().slice(0, MAX_SHOWN + recent.length)
        const rest = some.map(({ path }) => path).filter((path) => !recent.includes(path))
        return [...used, ...rest].slice(0, MAX_SHOWN).map((path) => item(path, []))
      }
      const worthwhile = narrow(index.files(), text.toLowerCase()).map(({ prepared }) => prepared)
      return fuzzysort
        .go(text, worthwhile, { limit: MAX_SHOWN, threshold: THRESHOLD })
        .map((result) => ({ result, score: result.score + bonus(result.target, text, recent) }))
        .toSorted((a, b) => b.score - a.score)
        .map(({ result }) => item(result.target, result.indexes))
    },
  }
}

/** A name that starts with the text, and files used lately, go before the rest. */
function bonus(path: string, text: string, recent: string[]): number {
  const starts = baseName(path).toLowerCase().startsWith(text.toLowerCase()) ? 0.3 : 0
  return starts + (recent.includes(path) ? 0.1 : 0)
}

function markHits(text: string, indexes: ReadonlyArray<number>): TextPart[] {
  const hits = new Set(indexes)
  const parts: TextPart[] = []
  for (let index = 0; index < text.length; index++) {
    const hit = hits.has(index)
    const last = parts.at(-1)
    if (last?.hit === hit) last.text += text[index]
    else parts.push({ text: text.charAt(index), hit })
  }
  return parts
}
