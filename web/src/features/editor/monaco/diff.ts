import { editor } from 'monaco-editor/editor'
import type { DiffSide, DiffView, EngineBuffer } from '../../../kernel/editor-engine.ts'
import type { MonacoBuffer } from './buffer.ts'
import { languageOf } from './languages.ts'

/** CSS pixels below which two columns are too narrow to read. */
const INLINE_BELOW = 720

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
  let own: editor.ITextModel[] = []

  const modelOf = (path: string, side: DiffSide): { model: editor.ITextModel; writable: boolean } => {
    if ('buffer' in side) {
      const buffer = find(side.buffer)
      if (buffer) return { model: buffer.model, writable: buffer.writable }
    }
    const text = 'text' in side ? side.text : side.buffer.content()
    const model = editor.createModel(text, languageOf(path))
    own.push(model)
    return { model, writable: false }
  }
  const disposeOwn = () => {
    own.forEach((model) => model.dispose())
    own = []
  }

  return {
    show: (path, original, modified) => {
      const before = own
      own = []
      const left = modelOf(path, original)
      const right = modelOf(path, modified)
      widget.setModel({ original: left.model, modified: right.model })
      widget.updateOptions({ readOnly: !right.writable })
      before.forEach((model) => model.dispose())
    },
    go: (where) => widget.goToDiff(where),
    setInline: (inline) => widget.updateOptions({ renderSideBySide: !inline }),
    dispose: () => {
      widget.setModel(null)
      widget.dispose()
      disposeOwn()
    },
  }
}
