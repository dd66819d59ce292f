import { Match, Switch, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconAlert, IconCheck, IconCloudOff } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './status-bar.module.css'

/** The promise of the product, in words. It is read out when it changes. */
export function SaveState(): JSX.Element {
  const { saveStatus } = useSession()
  return (
    <span
      class={`${styles['item']} ${styles['save']}`}
      role="status"
      aria-live="polite"
      aria-label={`Save state: ${saveStatus().label}`}
      data-testid="save-status"
      data-state={saveStatus().state}
      data-tip={saveStatus().detail ?? undefined}
    >
      <Switch>
        <Match when={saveStatus().state === 'saved'}>
          <IconCheck size={13} aria-hidden="true" />
        </Match>
        <Match when={saveStatus().state === 'saving'}>
          <Spinner size={12} />
        </Match>
        <Match when={saveStatus().state === 'failing'}>
          <IconCloudOff size={13} aria-hidden="true" />
        </Match>
        <Match when={saveStatus().state === 'unsaved'}>
          <IconAlert size={12} aria-hidden="true" />
        </Match>
      </Switch>
      {saveStatus().label}
    </span>
  )
}
