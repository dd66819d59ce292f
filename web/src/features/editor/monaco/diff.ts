import { editor } from 'monaco-editor/editor'
import type { DiffSide, DiffView, EngineBuffer } from '../../../kernel/editor-engine.ts'
import type { MonacoBuffer } from './buffer.ts'
import { languageOf } from './languages.ts'

/** CSS pixels below which two columns are too narrow to read. */
const INLINE_BELOW = 720
/** Milliseconds that texts wait for their differences, to come onto the screen together with them. */
const WAIT_FOR_DIFFERENCES = 100

interface Side {
  model: editor.ITextModel
  writable: boolean
  /** Null for the models of buffers, which stay the engine's. */
  own: editor.ITextModel | null
}

/** Two texts and what is between them, shown or on the way to it. */
interface Pair extends Disposable {
  path: string
  view: editor.IDiffEditorViewModel
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
  let shown: Pair | null = null
  let next: Pair | null = null
  let wanted: (() => Pair) | null = null

  const sideOf = (path: string, side: DiffSide): Side => {
    const buffer = 'buffer' in side ? find(side.buffer) : null
    if (buffer) return { model: buffer.model, writable: buffer.writable, own: null }
    const model = editor.createModel('text' in side ? side.text : side.buffer.content(), languageOf(path))
    return { model, writable: false, own: model }
  }
  // Models of their own for every pair: Monaco fails on a text that is replaced while its differences are computed.
  const pairOf = (path: string, left: Side, right: Side): Pair => {
    const view = widget.createViewModel({ original: left.model, modified: right.model })
    return {
      path,
      view,
      writable: right.writable,
      [Symbol.dispose]: () => {
        view.dispose()
        left.own?.dispose()
        right.own?.dispose()
      },
    }
  }
  /** Presents what is wanted, one after the other: of what is wanted meanwhile, only the last. */
  const prepare = () => {
    if (next || !wanted) return
    const pair = (next = wanted())
    wanted = null
    const timer = setTimeout(() => present(pair), WAIT_FOR_DIFFERENCES)
    void pair.view.waitForDiff().then(() => {
      clearTimeout(timer)
      present(pair)
    })
  }
  const present = (pair: Pair) => {
    if (next !== pair) return
    next = null
    const before = shown
    // Another text of the same file is looked at in the same place.
    const place = before?.path === pair.path ? widget.saveViewState() : null
    widget.updateOptions({ readOnly: !pair.writable })
    widget.setModel(pair.view)
    if (place) widget.restoreViewState({ original: place.original, modified: place.modified })
    shown = pair
    before?.[Symbol.dispose]()
    prepare()
  }

  return {
    show: (path, original, modified) => {
      wanted = () => pairOf(path, sideOf(path, original), sideOf(path, modified))
      prepare()
    },
    go: (where) => widget.goToDiff(where),
    setInline: (inline) => widget.updateOptions({ renderSideBySide: !inline }),
    dispose: () => {
      wanted = null
      next?.[Symbol.dispose]()
      next = null
      widget.setModel(null)
      widget.dispose()
      shown?.[Symbol.dispose]()
    },
  }
}
