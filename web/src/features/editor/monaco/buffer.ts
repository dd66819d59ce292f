import { editor, Range, Uri } from 'monaco-editor/editor'
import type { EngineBuffer } from '../../../kernel/editor-engine.ts'
import { languageOf } from './languages.ts'

export interface MonacoBuffer extends EngineBuffer {
  model: editor.ITextModel
  writable: boolean
  viewState: editor.ICodeEditorViewState | null
}

/** Texts above this length, in UTF-16 units, have no syntax: they are logs and data, to be looked at. */
const MOST_COLOURED = 5 * 1024 * 1024

/** One model per open file. Its URI is only a name: a renamed file keeps its model, and with it undo. */
export function createMonacoBuffer(
  path: string,
  content: string,
  writable: boolean,
  onEdit: () => void,
): MonacoBuffer {
  const isLarge = content.length > MOST_COLOURED
  const model = editor.createModel(content, isLarge ? 'plaintext' : languageOf(path), freeUri(path))
  let replacing = false
  const listener = model.onDidChangeContent(() => {
    if (!replacing) onEdit()
  })

  return {
    model,
    writable,
    viewState: null,
    revision: () => model.getAlternativeVersionId(),
    content: () => model.getValue(undefined, true),
    replace: (next) => {
      replacing = true
      applyDifference(model, next)
      replacing = false
    },
    moved: (to) => !isLarge && editor.setModelLanguage(model, languageOf(to)),
    dispose: () => {
      listener.dispose()
      model.dispose()
    },
  }
}

function freeUri(path: string): Uri {
  const uri = Uri.from({ scheme: 'file', path: `/workspace/${path}` })
  for (let turn = 1, free = uri; ; turn++) {
    if (!editor.getModel(free)) return free
    free = uri.with({ query: String(turn) })
  }
}

/** Replaces only what differs, so that the cursor and the undo history survive. */
function applyDifference(model: editor.ITextModel, content: string): void {
  const next = content.replace(/^\uFEFF/, '').replaceAll(/\r\n?|\n/g, model.getEOL())
  const before = model.getValue()
  if (before === next) return
  const shortest = Math.min(before.length, next.length)
  let start = 0
  while (start < shortest && before[start] === next[start]) start++
  let end = 0
  while (end < shortest - start && before.at(-1 - end) === next.at(-1 - end)) end++
  const from = model.getPositionAt(start)
  const to = model.getPositionAt(before.length - end)
  const range = new Range(from.lineNumber, from.column, to.lineNumber, to.column)
  model.pushStackElement()
  model.pushEditOperations([], [{ range, text: next.slice(start, next.length - end) }], () => null)
  model.pushStackElement()
}
