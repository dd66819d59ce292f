import type { TerminalInfo } from '@codenest/runner/protocol'
import { createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconClose, IconPlay, IconTerminal } from '../../ui/icons.ts'
import styles from './terminal-tab.module.css'

const ExitPopover = lazy(async () => ({ default: (await import('./exit-popover.tsx')).ExitPopover }))

export function TerminalTab(props: {
  info: TerminalInfo
  active: boolean
  onChoose: () => void
}): JSX.Element {
  const { toasts } = useApp()
  const { terminals } = useSession()
  const [renaming, setRenaming] = createSignal(false)
  const [explaining, setExplaining] = createSignal(false)
  const [badge, setBadge] = createSignal<HTMLButtonElement>()

  const rename = (value: string) => {
    if (!renaming()) return
    setRenaming(false)
    const name = value.trim().slice(0, 60)
    if (name === '' || name === props.info.name) return
    terminals.rename(props.info.id, name).catch(toasts.failed('The terminal was not renamed'))
  }
  const close = () => {
    terminals.close(props.info.id).catch(toasts.failed('The terminal was not closed'))
  }

  return (
    <div
      role="tab"
      tabindex={props.active ? 0 : -1}
      class={styles['tab']}
      aria-selected={props.active}
      aria-label={props.info.name}
      onClick={(event) => {
        // The second click of a double click must not take the focus from the name.
        if (event.detail < 2) props.onChoose()
      }}
      onDblClick={() => props.info.kind === 'shell' && setRenaming(true)}
      onAuxClick={(event) => event.button === 1 && close()}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return
        if (event.key === 'Enter' || event.key === ' ') props.onChoose()
        if (event.key === 'Delete') close()
        if (event.key === 'F2') setRenaming(true)
      }}
    >
      <Show when={props.info.kind === 'run'} fallback={<IconTerminal size={13} aria-hidden="true" />}>
        <IconPlay size={12} aria-hidden="true" />
      </Show>
      <Show when={renaming()} fallback={<span class={styles['name']}>{props.info.name}</span>}>
        <input
          ref={(element) =>
            requestAnimationFrame(() => {
              element.focus()
              element.select()
            })
          }
          class={styles['input']}
          aria-label="Name of the terminal"
          maxlength={60}
          value={props.info.name}
          onBlur={(event) => rename(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') rename(event.currentTarget.value)
            if (event.key === 'Escape') setRenaming(false)
          }}
        />
      </Show>
      <Show when={props.info.exit}>
        {(exit) => (
          <button
            ref={setBadge}
            type="button"
            class={styles['exit']}
            data-failed={exit().code !== 0}
            aria-label={`How ${props.info.name} ended: code ${exit().code}`}
            aria-haspopup="dialog"
            aria-expanded={explaining()}
            onClick={(event) => {
              event.stopPropagation()
              setExplaining(!explaining())
            }}
          >
            {exit().code}
          </button>
        )}
      </Show>
      <button
        type="button"
        tabindex="-1"
        class={styles['close']}
        aria-label={`Close ${props.info.name}`}
        onClick={(event) => {
          event.stopPropagation()
          close()
        }}
      >
        <IconClose size={12} />
      </button>
      <Suspense>
        <Show when={explaining() && props.info.exit}>
          <ExitPopover info={props.info} anchor={badge()} onClose={() => setExplaining(false)} />
        </Show>
      </Suspense>
    </div>
  )
}
