import { createEffect, createSignal, lazy, on, onCleanup, Show, Suspense, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconClock } from '../../ui/icons.ts'
import { idleLabel, idleSentence } from './idle-words.ts'
import { warnOfStop } from './stop-warning.ts'

const IdlePopover = lazy(async () => ({ default: (await import('./idle-popover.tsx')).IdlePopover }))

/** What keeps the workspace running and until when; who wants to change it clicks it. */
export function IdleState(props: { class: string | undefined }): JSX.Element {
  const { idle, commands } = useSession()
  const [open, setOpen] = createSignal(false)
  const [button, setButton] = createSignal<HTMLButtonElement>()
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 5_000)
  onCleanup(() => clearInterval(timer))
  createEffect(on(idle, () => setNow(Date.now())))
  warnOfStop(idle, now)
  onCleanup(
    commands.register([
      { id: 'idle.show', title: 'Workspace: Show When It Stops', run: () => setOpen(true) },
    ]),
  )
  return (
    <Show when={idle()}>
      {(status) => (
        <>
          <button
            ref={setButton}
            type="button"
            class={props.class}
            aria-haspopup="dialog"
            aria-expanded={open()}
            data-testid="idle-status"
            data-tip={open() ? undefined : idleSentence(status(), now())}
            onClick={() => setOpen(!open())}
          >
            <IconClock size={13} aria-hidden="true" />
            {idleLabel(status(), now())}
          </button>
          <Suspense>
            <Show when={open()}>
              <IdlePopover anchor={button()} status={status()} now={now()} onClose={() => setOpen(false)} />
            </Show>
          </Suspense>
        </>
      )}
    </Show>
  )
}
