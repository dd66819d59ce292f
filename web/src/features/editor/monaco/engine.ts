import { editor, Range } from 'monaco-editor/editor'
// oxlint-disable-next-line import/default -- the bundler makes a module of the worker
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import 'monaco-editor/features/register.all'
import type { BufferInfo, CursorInfo, EditorEngine } from '../../../kernel/editor-engine.ts'
import { createEmitter } from '../../../kernel/emitter.ts'
import { createMonacoBuffer, type MonacoBuffer } from './buffer.ts'
import { createMonacoDiff } from './diff.ts'
import { languageTitle, registerLanguages } from './languages.ts'
import { applyMonacoTheme } from './theme.ts'

const ACTIONS = {
  find: 'actions.find',
  gotoLine: 'editor.action.gotoLine',
  format: 'editor.action.formatDocument',
  toggleWrap: '',
} as const

let isPrepared = false

function prepare(): void {
  if (isPrepared) return
  isPrepared = true
  // The only worker: diffs, links and word-based completion. Languages are grammars, without servers of their own.
  self.MonacoEnvironment = { getWorker: () => new EditorWorker() }
  registerLanguages()
}

/** Monaco behind the page's own interface. */
export function createMonacoEngine(mode: 'light' | 'dark'): EditorEngine & { dispose(): void } {
  prepare()
  applyMonacoTheme(mode)
  const host = document.createElement('div')
  host.style.height = '100%'
  const widget = editor.create(host, { ...options(), model: null })
  const buffers = new Set<MonacoBuffer>()
  const cursor = createEmitter<CursorInfo>()
  const info = createEmitter<BufferInfo>()
  const blur = createEmitter<void>()
  let shown: MonacoBuffer | null = null

  const tellCursor = () => {
    const position = widget.getPosition()
    const selection = widget.getSelection()
    const model = widget.getModel()
    if (!position || !selection || !model) return
    const selected = model.getValueLengthInRange(selection)
    cursor.emit({ line: position.lineNumber, column: position.column, selected })
  }
  const tellInfo = () => {
    const model = widget.getModel()
    if (!model) return
    const { insertSpaces, indentSize } = model.getOptions()
    info.emit({
      language: languageTitle(model.getLanguageId()),
      indentation: insertSpaces ? `Spaces: ${indentSize}` : `Tabs: ${indentSize}`,
    })
  }
  const subscriptions = [
    widget.onDidChangeCursorSelection(tellCursor),
    widget.onDidChangeModel(() => {
      tellCursor()
      tellInfo()
    }),
    widget.onDidChangeModelLanguage(tellInfo),
    widget.onDidChangeModelOptions(tellInfo),
    widget.onDidBlurEditorText(() => blur.emit()),
  ]

  return {
    createBuffer: (path, content, writable, onEdit) => {
      const buffer = createMonacoBuffer(path, content, writable, onEdit)
      buffers.add(buffer)
      return {
        ...buffer,
        dispose: () => {
          buffers.delete(buffer)
          if (shown === buffer) shown = null
          buffer.dispose()
        },
      }
    },
    attach: (parent) => {
      parent.append(host)
      widget.layout()
      return () => host.remove()
    },
    show: (wanted) => {
      const next = wanted && 'model' in wanted ? find(buffers, (wanted as MonacoBuffer).model) : null
      if (next === shown && (next === null) === (widget.getModel() === null)) return
      if (shown) shown.viewState = widget.saveViewState()
      shown = next
      widget.setModel(next?.model ?? null)
      if (!next) return
      widget.updateOptions({ readOnly: !next.writable })
      widget.restoreViewState(next.viewState)
    },
    focus: () => widget.focus(),
    select: ({ line, column, length }) => {
      const range = new Range(line, column, line, column + length)
      widget.setSelection(range)
      widget.revealRangeInCenterIfOutsideViewport(range)
    },
    onCursor: (listener) => {
      const stop = cursor.on(listener)
      tellCursor()
      return stop
    },
    onBufferInfo: (listener) => {
      const stop = info.on(listener)
      tellInfo()
      return stop
    },
    onBlur: blur.on,
    createDiff: (parent) =>
      createMonacoDiff(parent, options(), (wanted) =>
        'model' in wanted ? find(buffers, (wanted as MonacoBuffer).model) : null,
      ),
    applyTheme: applyMonacoTheme,
    act: (action) => {
      widget.focus()
      if (action === 'toggleWrap') {
        const wrap = widget.getOption(editor.EditorOption.wordWrap)
        return widget.updateOptions({ wordWrap: wrap === 'on' ? 'off' : 'on' })
      }
      void widget.getAction(ACTIONS[action])?.run()
    },
    dispose: () => {
      subscriptions.forEach((subscription) => subscription.dispose())
      widget.dispose()
      buffers.forEach((buffer) => buffer.dispose())
    },
  }
}

function find(buffers: Set<MonacoBuffer>, model: editor.ITextModel): MonacoBuffer | null {
  for (const buffer of buffers) if (buffer.model === model) return buffer
  return null
}

function options(): editor.IStandaloneEditorConstructionOptions {
  const style = getComputedStyle(document.documentElement)
  return {
    fontFamily: style.getPropertyValue('--font-mono').trim(),
    fontSize: 13,
    lineHeight: 20,
    automaticLayout: true,
    fixedOverflowWidgets: true,
    minimap: { enabled: false },
    padding: { top: 10, bottom: 10 },
    scrollBeyondLastLine: false,
    smoothScrolling: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    cursorBlinking: 'smooth',
    renderLineHighlight: 'line',
    renderLineHighlightOnlyWhenFocus: true,
    overviewRulerBorder: false,
    hideCursorInOverviewRuler: true,
    bracketPairColorization: { enabled: false },
    scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
    lineNumbersMinChars: 4,
    lineDecorationsWidth: 12,
    folding: true,
    showFoldingControls: 'mouseover',
    stickyScroll: { enabled: true, maxLineCount: 3 },
    unicodeHighlight: { nonBasicASCII: false },
    ariaLabel: 'Editor',
  }
}
