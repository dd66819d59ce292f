import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js'
import { isInside } from '../../kernel/paths.ts'
import { typeAhead, type TreeRow } from '../../kernel/tree.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import type { MenuEntry } from '../../ui/menu-entry.ts'
import { ContextMenu } from '../../ui/menu.tsx'
import type { ExplorerModel } from './explorer-model.ts'
import styles from './file-tree.module.css'
import { NameInput } from './name-input.tsx'
import { createTreeDrag } from './tree-drag.ts'
import { TreeItem } from './tree-item.tsx'
import { treeMenu } from './tree-menu.ts'
import { handleTreeKey } from './tree-keys.ts'

const ROW = 22
const OVERSCAN = 8
const TYPED_MILLISECONDS = 700

type Line = { row: TreeRow } | { input: { level: number; folder: boolean } }

/** The rows on the screen and a few around them; the rest is empty height. */
export function FileTree(props: { model: ExplorerModel }): JSX.Element {
  const session = useSession()
  const { files, tabs } = session
  const [top, setTop] = createSignal(0)
  const [height, setHeight] = createSignal(600)
  const [menu, setMenu] = createSignal<MenuEntry[]>([])
  let scroller: HTMLDivElement | undefined
  let typed = ''
  let typedTimer: ReturnType<typeof setTimeout> | undefined

  const indexOf = (path: string | null) => files.rows().findIndex((row) => row.path === path)
  /** Where the line for a new name is among the rows; -1 without one. */
  const inputAt = createMemo(() => {
    const edit = props.model.edit()
    return edit?.kind === 'create' ? indexOf(edit.parent) + 1 : -1
  })
  const count = () => files.rows().length + (inputAt() < 0 ? 0 : 1)
  const lineAt = (index: number): Line | null => {
    const at = inputAt()
    const edit = props.model.edit()
    if (index === at && edit?.kind === 'create')
      return { input: { level: (files.rows()[at - 1]?.level ?? 0) + 1, folder: edit.what === 'folder' } }
    const row = files.rows()[at >= 0 && index > at ? index - 1 : index]
    return row ? { row } : null
  }
  const first = createMemo(() => Math.max(0, Math.floor(top() / ROW) - OVERSCAN))
  const last = createMemo(() => Math.min(count(), Math.ceil((top() + height()) / ROW) + OVERSCAN))
  // Rows that say the same stay the same: an element must not be replaced while it is dragged.
  const shown = createMemo((before: Line[]) => {
    const lines = Array.from({ length: Math.max(0, last() - first()) }, (_, step) => lineAt(first() + step))
    const known = new Map(before.map((line) => [keyOf(line), line]))
    return lines.filter((line) => line !== null).map((line) => known.get(keyOf(line)) ?? line)
  }, [])

  const scrollTo = (index: number) => {
    if (!scroller || index < 0) return
    const y = index * ROW
    if (y < scroller.scrollTop) scroller.scrollTop = y
    else if (y + ROW > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = y + ROW - scroller.clientHeight
    }
  }
  const moveTo = (index: number) => {
    const rows = files.rows()
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)]
    if (!row) return
    props.model.setCurrent(row.path)
    scrollTo(indexOf(row.path))
  }
  const open = (row: TreeRow, pin: boolean) => {
    props.model.setCurrent(row.path)
    if (row.kind === 'folder') return files.toggle(row.path)
    tabs.open(row.path, pin)
    session.layout.set('pane', 'editor')
  }
  const type = (letter: string) => {
    clearTimeout(typedTimer)
    typedTimer = setTimeout(() => (typed = ''), TYPED_MILLISECONDS)
    typed += letter
    const found = typeAhead(files.rows(), indexOf(props.model.current()), typed)
    if (found >= 0) moveTo(found)
  }

  // The tree follows the editor: the active file is unfolded and marked.
  createEffect(
    on(tabs.active, (path) => {
      if (path === null) return
      files.reveal(path)
      props.model.setCurrent(path)
    }),
  )
  createEffect(on(tabs.active, (path) => queueMicrotask(() => scrollTo(indexOf(path)))))
  onMount(() => {
    if (!scroller) return
    const observer = new ResizeObserver(([entry]) => setHeight(entry?.contentRect.height ?? 600))
    observer.observe(scroller)
    onCleanup(() => observer.disconnect())
  })
  onCleanup(() => clearTimeout(typedTimer))

  const rowAt = (event: Event) => {
    const path = (event.target as Element).closest<HTMLElement>('[data-path]')?.dataset['path']
    return path === undefined ? undefined : files.rows()[indexOf(path)]
  }
  const drag = createTreeDrag({
    rowAt,
    moves: props.model.moves,
    open: (folder) => files.toggle(folder, true),
    upload: (data, folder) => props.model.uploads.drop(data, folder),
  })
  const hold = (how: 'cut' | 'copy') => (event: ClipboardEvent) => {
    const path = props.model.current()
    if (path === null || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    // The path goes along for whatever is pasted into: a terminal, say.
    event.clipboardData?.setData('text/plain', path)
    props.model.moves.hold(path, how)
  }
  const onPaste = (event: ClipboardEvent) => {
    if (event.target instanceof HTMLInputElement) return
    event.preventDefault()
    const data = event.clipboardData
    if (data && data.files.length > 0) props.model.uploads.drop(data, props.model.folder())
    else props.model.moves.paste(props.model.folder())
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return
    if (event.key === 'Escape') props.model.moves.letGo()
    const page = Math.max(1, Math.floor(height() / ROW) - 1)
    const index = indexOf(props.model.current())
    handleTreeKey(event, files.rows(), index, page, {
      moveTo,
      type,
      open,
      toggle: files.toggle,
      rename: (row) => props.model.startRename(row.path),
      remove: props.model.askDelete,
      edit: (row) => session.edit(row.path),
    })
  }
  const isCut = (path: string) => {
    const held = props.model.moves.held()
    return held?.how === 'cut' && isInside(path, held.path)
  }
  const isTaking = (path: string) => {
    const folder = drag.target()
    return folder !== null && folder !== '' && isInside(path, folder)
  }
  const onContextMenu = (event: MouseEvent) => {
    const byKeyboard = event.button !== 2
    const row = byKeyboard ? files.rows()[indexOf(props.model.current())] : rowAt(event)
    if (row) props.model.setCurrent(row.path)
    setMenu(treeMenu(row, props.model, session))
  }

  return (
    <ContextMenu
      entries={menu()}
      class={styles['trigger']}
      onClosed={() => !props.model.edit() && scroller?.focus()}
    >
      <div
        ref={(element) => (scroller = element)}
        class={styles['tree']}
        role="tree"
        tabindex="0"
        aria-label="Files"
        aria-activedescendant={props.model.current() === null ? undefined : rowId(props.model.current())}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
        onContextMenu={onContextMenu}
        onCopy={hold('copy')}
        onCut={hold('cut')}
        onPaste={onPaste}
        data-drop={drag.target() === ''}
        onDragStart={drag.onDragStart}
        onDragOver={drag.onDragOver}
        onDragLeave={drag.onDragLeave}
        onDrop={drag.onDrop}
        onDragEnd={drag.onDragEnd}
      >
        <div class={styles['space']} style={{ height: `${count() * ROW}px` }} role="presentation">
          <div style={{ transform: `translateY(${first() * ROW}px)` }} role="presentation">
            <For each={shown()}>
              {(line) => (
                <Show
                  when={'row' in line ? line.row : null}
                  fallback={<NewName line={line} model={props.model} />}
                >
                  {(row) => (
                    <TreeItem
                      row={row()}
                      id={rowId(row().path)}
                      current={props.model.current() === row().path}
                      active={tabs.active() === row().path}
                      cut={isCut(row().path)}
                      taking={isTaking(row().path)}
                      model={props.model}
                      onOpen={(pin) => open(row(), pin)}
                    />
                  )}
                </Show>
              )}
            </For>
          </div>
        </div>
      </div>
    </ContextMenu>
  )
}

/** Equal for lines that look and read the same. */
function keyOf(line: Line): string {
  return JSON.stringify(line)
}

function NewName(props: { line: Line; model: ExplorerModel }): JSX.Element {
  return (
    <Show when={'input' in props.line ? props.line.input : null}>
      {(input) => (
        <NameInput
          level={input().level}
          folder={input().folder}
          initial=""
          model={props.model}
          label="Name"
        />
      )}
    </Show>
  )
}

function rowId(path: string | null): string {
  return `tree:${encodeURIComponent(path ?? '')}`
}
