import { Show, splitProps, type JSX } from 'solid-js'
import styles from './button.module.css'
import { Spinner } from './spinner.tsx'

export interface ButtonProps extends JSX.ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: 'solid' | 'plain' | 'quiet' | 'danger'
  size?: 'sm' | 'md'
  /** Work is under way: it keeps its width and cannot be pressed again. */
  busy?: boolean
  /** A dialog gives it the focus when it opens. */
  'data-autofocus'?: boolean
}

export function Button(props: ButtonProps): JSX.Element {
  const [own, rest] = splitProps(props, ['tone', 'size', 'busy', 'children', 'class', 'disabled'])
  return (
    <button
      type="button"
      class={`${buttonClass(own.tone, own.size)} ${own.class ?? ''}`}
      disabled={own.disabled || own.busy}
      aria-busy={own.busy}
      {...rest}
    >
      <span class={styles['content']} classList={{ [styles['hidden'] ?? '']: own.busy }}>
        {own.children}
      </span>
      <Show when={own.busy}>
        <span class={styles['busy']}>
          <Spinner />
        </span>
      </Show>
    </button>
  )
}

/** For links that look like buttons. */
export function buttonClass(tone: ButtonProps['tone'] = 'plain', size: ButtonProps['size'] = 'md'): string {
  return `${styles['button']} ${styles[tone]} ${styles[size]}`
}
