import { Popover as Kobalte } from '@kobalte/core/popover'
import type { JSX } from 'solid-js'
import styles from './popover.module.css'

interface PopoverProps {
  /** The button that opened it: it stays beside that, and gives the focus back to it. */
  anchor: HTMLElement | undefined
  label: string
  width: number
  /** Above its button when left out. */
  placement?: 'top-start' | 'bottom'
  onClose: () => void
  children: JSX.Element
}

/** Something to look at and act on beside a button, while the page stays usable. */
export function Popover(props: PopoverProps): JSX.Element {
  const isAnchor = (target: EventTarget | null) =>
    target instanceof Node && props.anchor?.contains(target) === true
  return (
    <Kobalte
      open
      placement={props.placement ?? 'top-start'}
      gutter={6}
      overflowPadding={8}
      anchorRef={() => props.anchor}
      onOpenChange={(open) => !open && props.onClose()}
    >
      <Kobalte.Portal>
        <Kobalte.Content
          class={styles['content']}
          style={{ width: `${props.width}px` }}
          aria-label={props.label}
          // The button closes it by itself; closed here already it would open it again.
          onPointerDownOutside={(event) => isAnchor(event.target) && event.preventDefault()}
          onFocusOutside={(event) => isAnchor(event.target) && event.preventDefault()}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            props.anchor?.focus({ preventScroll: true })
          }}
        >
          {props.children}
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  )
}
