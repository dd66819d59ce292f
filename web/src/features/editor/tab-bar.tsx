import { createEffect, createMemo, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js'
import { baseName, distinguish } from '../../kernel/paths.ts'
import type { Tab } from '../../kernel/tabs.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconClose } from '../../ui/icons.ts'
import { DiffTab } from './diff-tab.tsx'
import { FileIcon } from '../explorer/file-icon.tsx'
import styles from './tab-bar.module.css'

export function TabBar(): JSX.Element {
  const { diffs, tabs } = useSession()
  const hints = createMemo(() => distinguish(tabs.state().tabs.map((tab) => tab.path)))
  let list: HTMLDivElement | undefined

  const showActive = () => {
    list?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  createEffect(on([tabs.active, diffs.active], () => queueMicrotask(showActive)))
  onMount(() => {
    if (!list) return
    const observer = new ResizeObserver(showActive)
    observer.observe(list)
    onCleanup(() => observer.disconnect())
  })
  return (
    <div
      ref={(element) => (list = element)}
      class={styles['bar']}
      role="tablist"
      aria-label="Open files"
      onWheel={(event) => {
        if (event.deltaX === 0) event.currentTarget.scrollLeft += event.deltaY
      }}
    >
      <For each={tabs.state().tabs}>{(tab) => <FileTab tab={tab} hint={hints().get(tab.path) ?? ''} />}</For>
      <For each={diffs.all()}>{(diff) => <DiffTab diff={diff} />}</For>
    </div>
  )
}

function FileTab(props: { tab: Tab; hint: string }): JSX.Element {
  const { tabs, diffs, documents } = useSession()
  const path = () => props.tab.path
  const view = () => documents.views[path()]
  const state = () => {
    const current = view()
    if (current?.phase !== 'open') return 'clean'
    return current.deleted ? 'deleted' : current.status
  }
  const isUnsaved = () => !['clean', 'deleted'].includes(state())
  const isActive = () => tabs.active() === path() && diffs.active() === null

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') tabs.open(path(), true)
    else if (event.key === 'Delete') tabs.close(path())
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      tabs.cycle(event.key === 'ArrowRight' ? 1 : -1)
      queueMicrotask(() =>
        document.querySelector<HTMLElement>('[role=tab][data-file][tabindex="0"]')?.focus(),
      )
    }
  }
  return (
    <div
      role="tab"
      tabindex={isActive() ? 0 : -1}
      class={styles['tab']}
      aria-selected={isActive()}
      aria-controls="editor-panel"
      aria-label={`${baseName(path())}${isUnsaved() ? ', unsaved' : ''}`}
      title={path()}
      data-file={path()}
      data-preview={props.tab.preview}
      data-state={state()}
      onMouseDown={(event) => {
        if (event.button === 0) tabs.open(path())
        // Else the browser starts its scrolling by the middle button.
        if (event.button === 1) event.preventDefault()
      }}
      onDblClick={() => tabs.pin(path())}
      onAuxClick={(event) => event.button === 1 && tabs.close(path())}
      onKeyDown={onKeyDown}
    >
      <FileIcon name={baseName(path())} />
      <span class={styles['name']}>{baseName(path())}</span>
      <Show when={props.hint}>
        <span class={styles['hint']}>{props.hint}</span>
      </Show>
      <button
        type="button"
        tabindex="-1"
        class={styles['close']}
        classList={{ [styles['unsaved'] ?? '']: isUnsaved() }}
        aria-label={`Close ${baseName(path())}`}
        onMouseDown={(event) => event.stopPropagation()}
        onClick={() => tabs.close(path())}
      >
        <span class={styles['dot']} />
        <IconClose size={13} />
      </button>
    </div>
  )
}
