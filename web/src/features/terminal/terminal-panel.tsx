import { createEffect, createSignal, For, on, onCleanup, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconClose, IconColumns, IconPlus, IconTerminal } from '../../ui/icons.ts'
import { loadXterm } from './load-xterm.ts'
import { TerminalFind } from './terminal-find.tsx'
import styles from './terminal-panel.module.css'
import { TerminalTab } from './terminal-tab.tsx'
import { TerminalView, type TerminalHandle } from './terminal-view.tsx'

export function TerminalPanel(): JSX.Element {
  const { toasts } = useApp()
  const session = useSession()
  const { terminals, layout, readiness, commands } = session
  const [visited, setVisited] = createSignal<ReadonlySet<string>>(new Set())
  const [finding, setFinding] = createSignal(false)
  /** The next terminal that appears takes the keyboard. */
  let wantsFocus = false
  const screens = new Map<string, TerminalHandle>()
  const isShown = () => layout.state.panel || layout.state.pane === 'terminal'
  // Beside the start of the workspace, not after it.
  if (isShown()) void loadXterm().catch(() => {})

  // A terminal is drawn from the first time it is looked at.
  createEffect(() => {
    const shown = terminals.group()
    if (isShown())
      setVisited((before) => (shown.every((id) => before.has(id)) ? before : new Set([...before, ...shown])))
  })
  createEffect(on(terminals.activeId, () => setFinding(false), { defer: true }))
  const focus = () => {
    const id = terminals.activeId()
    requestAnimationFrame(() => id && screens.get(id)?.screen.focus())
  }
  const active = () => {
    const id = terminals.activeId()
    return id ? screens.get(id)?.screen : undefined
  }
  const hasFocus = () => document.activeElement?.closest('.xterm') !== null
  const create = (split = false) => {
    layout.set({ panel: true, pane: 'terminal' })
    wantsFocus = true
    terminals.create(split).catch(toasts.failed('No terminal could be opened'))
  }

  const unregister = commands.register([
    {
      id: 'terminal.toggle',
      title: 'Terminal: Show or Hide',
      keys: ['Ctrl+Backquote'],
      inTerminal: true,
      run: () => {
        if (layout.state.panel && hasFocus()) return layout.set('panel', false)
        layout.set({ panel: true, pane: 'terminal' })
        if (terminals.all.length === 0 && readiness.isReady()) create()
        else focus()
      },
    },
    {
      id: 'terminal.new',
      title: 'Terminal: New',
      keys: ['Ctrl+Shift+Backquote'],
      inTerminal: true,
      when: readiness.isReady,
      run: () => create(),
    },
    {
      id: 'terminal.split',
      title: 'Terminal: Split',
      keys: ['Ctrl+Shift+5'],
      inTerminal: true,
      when: () => readiness.isReady() && terminals.group().length > 0,
      run: () => create(true),
    },
    {
      id: 'terminal.kill',
      title: 'Terminal: Kill',
      when: () => terminals.activeId() !== null,
      run: () => {
        const id = terminals.activeId()
        if (id) terminals.close(id).catch(toasts.failed('The terminal was not closed'))
      },
    },
    {
      id: 'terminal.clear',
      title: 'Terminal: Clear',
      when: () => active() !== undefined,
      run: () => active()?.wipe(),
    },
    {
      id: 'terminal.find',
      title: 'Terminal: Find',
      keys: ['Mod+F'],
      inTerminal: true,
      hidden: true,
      when: () => hasFocus() && active() !== undefined,
      run: () => setFinding(true),
    },
  ])
  onCleanup(unregister)

  return (
    <section class={styles['panel']} aria-label="Terminals">
      <div class={styles['bar']}>
        <div class={styles['tabs']} role="tablist" aria-label="Terminals">
          <For each={terminals.all}>
            {(info) => (
              <TerminalTab
                info={info}
                active={terminals.activeId() === info.id}
                onChoose={() => {
                  terminals.activate(info.id)
                  focus()
                }}
              />
            )}
          </For>
        </div>
        <IconButton label="New terminal" disabled={!readiness.isReady()} onClick={() => create()}>
          <IconPlus size={15} />
        </IconButton>
        <Show when={terminals.group().length > 0}>
          <IconButton
            label="Split terminal"
            disabled={!readiness.isReady()}
            onClick={() => commands.run('terminal.split')}
          >
            <IconColumns size={14} />
          </IconButton>
        </Show>
        <span class={styles['space']} />
        <IconButton
          label="Hide panel"
          class={styles['hide'] ?? ''}
          onClick={() => layout.set('panel', false)}
        >
          <IconClose size={15} />
        </IconButton>
      </div>
      <div class={styles['body']}>
        <For each={terminals.all.filter((info) => visited().has(info.id))}>
          {(info) => (
            <TerminalView
              info={info}
              visible={isShown() && terminals.group().includes(info.id)}
              place={{ at: terminals.group().indexOf(info.id), of: terminals.group().length }}
              onFocus={() => terminals.activate(info.id)}
              onReady={(handle) => {
                screens.set(handle.id, handle)
                if (wantsFocus && terminals.activeId() === handle.id) handle.screen.focus()
                wantsFocus = false
              }}
              onGone={(id) => screens.delete(id)}
            />
          )}
        </For>
        <Show when={terminals.all.length === 0}>
          <div class={styles['empty']}>
            <Show when={readiness.isReady()} fallback={<p>Terminals open when the workspace is ready.</p>}>
              <IconTerminal size={20} aria-hidden="true" />
              <p>No terminal is open. They live in the workspace and survive a reload of this page.</p>
              <Button size="sm" onClick={() => create()}>
                New terminal
              </Button>
            </Show>
          </div>
        </Show>
        <Show when={finding()}>
          <TerminalFind
            onFind={(text, forward) => active()?.find(text, forward) ?? false}
            onClose={() => {
              setFinding(false)
              active()?.clearFind()
              focus()
            }}
          />
        </Show>
      </div>
    </section>
  )
}
