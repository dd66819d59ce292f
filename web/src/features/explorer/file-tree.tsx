import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js'
import { typeAhead, type TreeRow } from '../../kernel/tree.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import type { MenuEntry } from '../../ui/menu-entry.ts'
import { ContextMenu } from '../../ui/menu.tsx'
import type { ExplorerModel } from './explorer-model.ts'
import styles from './file-tree.module.css'
import { NameInput } from './name-input.tsx'
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

  /** The rows, with the line for a new name where the file will be. */
  const lines = createMemo((): Line[] => {
    const rows: Line[] = files.rows().map((row) => ({ row }))
    const edit = props.model.edit()
    if (edit?.kind !== 'create') return rows
    const parent = files.rows().findIndex((row) => row.path === edit.parent)
    const level = (files.rows()[parent]?.level ?? 0) + 1
    return rows.toSpliced(parent + 1, 0, { input: { level, folder: edit.what === 'folder' } })
  })
  const first = () => Math.max(0, Math.floor(top() / ROW) - OVERSCAN)
  const shown = createMemo(() => lines().slice(first(), Math.ceil((top() + height()) / ROW) + OVERSCAN))
  const indexOf = (path: string | null) => files.rows().findIndex((row) => row.path === path)

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

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return
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
  const onContextMenu = (event: MouseEvent) => {
    const path = (event.target as Element).closest<HTMLElement>('[data-path]')?.dataset['path'] ?? null
    const byKeyboard = event.button !== 2
    const row = files.rows()[indexOf(byKeyboard ? props.model.current() : path)]
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
      >
        <div class={styles['space']} style={{ height: `${lines().length * ROW}px` }} role="presentation">
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
