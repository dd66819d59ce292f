import { editor } from 'monaco-editor/editor'
import type { DiffSide, DiffView, EngineBuffer } from '../../../kernel/editor-engine.ts'
import type { MonacoBuffer } from './buffer.ts'
import { languageOf } from './languages.ts'

/** CSS pixels below which two columns are too narrow to read. */
const INLINE_BELOW = 720

interface Side {
  model: editor.ITextModel
  writable: boolean
}

/** Monaco's diff editor in an element. Buffers are shown as they are and stay the engine's; texts get models here. */
export function createMonacoDiff(
  host: HTMLElement,
  options: editor.IStandaloneEditorConstructionOptions,
  find: (buffer: EngineBuffer) => MonacoBuffer | null,
): DiffView {
  const widget = editor.createDiffEditor(host, {
    ...options,
    ariaLabel: 'Comparison',
    originalEditable: false,
    useInlineViewWhenSpaceIsLimited: true,
    renderSideBySideInlineBreakpoint: INLINE_BELOW,
    renderOverviewRuler: true,
    renderMarginRevertIcon: true,
    hideUnchangedRegions: { enabled: true, contextLineCount: 3, minimumLineCount: 6 },
    diffAlgorithm: 'advanced',
    stickyScroll: { enabled: false },
  })
  // Another text of the same file takes over its model, and with it the place that is looked at.
  const own: Partial<Record<'original' | 'modified', editor.ITextModel>> = {}
  let shown: editor.IDiffEditorModel | null = null
  let shownPath = ''

  const modelOf = (path: string, which: keyof typeof own, side: DiffSide): Side => {
    if ('buffer' in side) {
      const buffer = find(side.buffer)
      if (buffer) return { model: buffer.model, writable: buffer.writable }
    }
    const text = 'text' in side ? side.text : side.buffer.content()
    const model = (own[which] ??= editor.createModel(text, languageOf(path)))
    if (model.getValue() !== text) model.setValue(text)
    return { model, writable: false }
  }
  const dispose = (models: typeof own) => {
    models.original?.dispose()
    models.modified?.dispose()
  }

  return {
    show: (path, original, modified) => {
      const before = { ...own }
      if (path !== shownPath) {
        delete own.original
        delete own.modified
      }
      const left = modelOf(path, 'original', original)
      const right = modelOf(path, 'modified', modified)
      widget.updateOptions({ readOnly: !right.writable })
      if (shown?.original !== left.model || shown.modified !== right.model) {
        shown = { original: left.model, modified: right.model }
        widget.setModel(shown)
      }
      if (path !== shownPath) dispose(before)
      shownPath = path
    },
    go: (where) => widget.goToDiff(where),
    setInline: (inline) => widget.updateOptions({ renderSideBySide: !inline }),
    dispose: () => {
      widget.setModel(null)
      widget.dispose()
      dispose(own)
    },
  }
}
