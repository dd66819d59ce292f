import { Dialog as Kobalte } from '@kobalte/core/dialog'
import { Show, type JSX } from 'solid-js'
import styles from './dialog.module.css'
import { IconButton } from './icon-button.tsx'
import { IconClose } from './icons.ts'

interface DialogProps {
  open: boolean
  onClose: () => void
  title: string
  description?: JSX.Element
  width?: number
  children: JSX.Element
}

export function Dialog(props: DialogProps): JSX.Element {
  return (
    <Kobalte open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Kobalte.Portal>
        <Kobalte.Overlay class={styles['overlay']} />
        <div class={styles['place']}>
          <Kobalte.Content
            class={styles['content']}
            style={{ width: `${props.width ?? 480}px` }}
            onOpenAutoFocus={(event) => focusFirst(event)}
          >
            <header class={styles['header']}>
              <Kobalte.Title class={styles['title']}>{props.title}</Kobalte.Title>
              <IconButton label="Close" onClick={() => props.onClose()}>
                <IconClose size={15} />
              </IconButton>
            </header>
            <Show when={props.description}>
              <Kobalte.Description class={styles['description']} as="div">
                {props.description}
              </Kobalte.Description>
            </Show>
            {props.children}
          </Kobalte.Content>
        </div>
      </Kobalte.Portal>
    </Kobalte>
  )
}

/** The keyboard starts at what the dialog is about, not at its close button. */
function focusFirst(event: Event): void {
  const content = event.currentTarget instanceof HTMLElement ? event.currentTarget : event.target
  if (!(content instanceof HTMLElement)) return
  const first = content.querySelector<HTMLElement>('[data-autofocus], form input, form select')
  if (!first) return
  event.preventDefault()
  first.focus()
}

/** The row of buttons at the end of a dialog. */
export function DialogActions(props: { children: JSX.Element }): JSX.Element {
  return <div class={styles['actions']}>{props.children}</div>
}
