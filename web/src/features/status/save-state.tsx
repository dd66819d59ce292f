import { createSignal, lazy, Match, onCleanup, Show, Suspense, Switch, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconAlert, IconCheck, IconCloudOff } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './status-bar.module.css'

const SavesPopover = lazy(async () => ({
  default: (await import('../saves/saves-popover.tsx')).SavesPopover,
}))

/** The promise of the product, in words. It is read out when it changes; who wants to know more clicks it. */
export function SaveState(): JSX.Element {
  const { commands, saveStatus } = useSession()
  const [open, setOpen] = createSignal(false)
  const [button, setButton] = createSignal<HTMLButtonElement>()
  onCleanup(
    commands.register([{ id: 'saves.show', title: 'Saves: Show What Is Kept', run: () => setOpen(true) }]),
  )
  return (
    <>
      <button
        ref={setButton}
        type="button"
        class={`${styles['item']} ${styles['save']}`}
        aria-haspopup="dialog"
        aria-expanded={open()}
        data-testid="save-status"
        data-state={saveStatus().state}
        data-tip={open() ? undefined : (saveStatus().detail ?? undefined)}
        onClick={() => setOpen(!open())}
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
      </button>
      <span class="visually-hidden" role="status" aria-live="polite">
        Save state: {saveStatus().label}
      </span>
      <Suspense>
        <Show when={open()}>
          <SavesPopover anchor={button()} onClose={() => setOpen(false)} />
        </Show>
      </Suspense>
    </>
  )
}
