import { splitProps, type JSX } from 'solid-js'
import styles from './icon-button.module.css'

interface IconButtonProps extends JSX.ButtonHTMLAttributes<HTMLButtonElement> {
  /** Says what it does, to screen readers and as a tooltip. */
  label: string
  /** Key caps shown in the tooltip. */
  keys?: string[]
}

/** For links that look like icon buttons. */
export const iconButtonClass = styles['button']

export function IconButton(props: IconButtonProps): JSX.Element {
  const [own, rest] = splitProps(props, ['label', 'keys', 'class'])
  return (
    <button
      type="button"
      class={`${styles['button']} ${own.class ?? ''}`}
      aria-label={own.label}
      data-tip={own.label}
      data-tip-keys={own.keys?.join(' ')}
      {...rest}
    />
  )
}
