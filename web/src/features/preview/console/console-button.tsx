import { Show, type JSX } from 'solid-js'
import { useSession } from '../../../kernel/workspace-session.ts'
import { IconButton } from '../../../ui/icon-button.tsx'
import { IconConsole } from '../../../ui/icons.ts'
import styles from './console-button.module.css'
import type { PageConsole } from './page-console.ts'
import { isConsoleShown, toggleConsole } from './toggle-console.ts'

const MOST_SHOWN = 99

/** Shows the console, and how many errors there were while it was away. */
export function ConsoleButton(props: { console: PageConsole }): JSX.Element {
  const session = useSession()
  const unread = () => props.console.unread()
  const label = () =>
    unread() === 0 ? 'Console' : `Console, ${unread()} new error${unread() === 1 ? '' : 's'}`
  return (
    <IconButton
      label={label()}
      class={styles['button'] ?? ''}
      aria-expanded={isConsoleShown(session)}
      onClick={() => toggleConsole(session)}
    >
      <IconConsole size={15} />
      <Show when={unread() > 0}>
        <span class={styles['badge']} aria-hidden="true">
          {unread() > MOST_SHOWN ? `${MOST_SHOWN}+` : unread()}
        </span>
      </Show>
    </IconButton>
  )
}
