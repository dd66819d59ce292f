import { createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import { visibilityOf, type Visibility } from '../../kernel/port-shares.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconLink, IconLock, IconUsers } from '../../ui/icons.ts'
import styles from './share-button.module.css'

const SharePopover = lazy(async () => ({ default: (await import('./share-popover.tsx')).SharePopover }))

const STATES: Record<Visibility, { label: string; icon: typeof IconLock }> = {
  private: { label: 'private', icon: IconLock },
  'signed-in': { label: 'visible to everybody who is signed in', icon: IconUsers },
  link: { label: 'shared by link', icon: IconLink },
}

/** Who may see a port, at a glance; a click changes it. */
export function ShareButton(props: { port: number }): JSX.Element {
  const { workspace } = useSession()
  const [open, setOpen] = createSignal(false)
  const [button, setButton] = createSignal<HTMLButtonElement>()
  const visibility = () => visibilityOf(workspace(), props.port)
  return (
    <>
      <IconButton
        ref={setButton}
        class={styles['button'] ?? ''}
        label={`Port ${props.port} is ${STATES[visibility()].label}. Share…`}
        aria-haspopup="dialog"
        aria-expanded={open()}
        data-visibility={visibility()}
        onClick={() => setOpen(!open())}
      >
        {STATES[visibility()].icon({ size: 14 })}
      </IconButton>
      <Suspense>
        <Show when={open()}>
          <SharePopover anchor={button()} port={props.port} onClose={() => setOpen(false)} />
        </Show>
      </Suspense>
    </>
  )
}
