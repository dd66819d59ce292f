import { For, Show, type JSX } from 'solid-js'
import type { Toasts } from '../kernel/toasts.ts'
import { Button } from './button.tsx'
import { IconButton } from './icon-button.tsx'
import { IconAlert, IconCheck, IconClose } from './icons.ts'
import styles from './toaster.module.css'

export function Toaster(props: { toasts: Toasts }): JSX.Element {
  return (
    <section class={styles['toaster']} aria-label="Notices" aria-live="polite">
      <For each={props.toasts.items()}>
        {(toast) => (
          <div class={styles['toast']} role={toast.tone === 'error' ? 'alert' : 'status'}>
            <span class={styles[toast.tone]}>
              <Show when={toast.tone === 'error'} fallback={<IconCheck size={15} />}>
                <IconAlert size={15} />
              </Show>
            </span>
            <div class={styles['text']}>
              <p class={styles['title']}>{toast.title}</p>
              <Show when={toast.detail}>
                <p class={styles['detail']}>{toast.detail}</p>
              </Show>
              <div class={styles['actions']}>
                <For each={[toast.action, toast.other].filter((each) => each !== undefined)}>
                  {(action) => (
                    <Button
                      size="sm"
                      tone={action === toast.other ? 'quiet' : 'plain'}
                      onClick={() => {
                        action.run()
                        props.toasts.dismiss(toast.id)
                      }}
                    >
                      {action.label}
                    </Button>
                  )}
                </For>
              </div>
            </div>
            <IconButton label="Dismiss" onClick={() => props.toasts.dismiss(toast.id)}>
              <IconClose size={14} />
            </IconButton>
          </div>
        )}
      </For>
    </section>
  )
}
