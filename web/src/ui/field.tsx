import { createUniqueId, Show, splitProps, type JSX } from 'solid-js'
import styles from './field.module.css'

interface FieldProps {
  label: string
  hint?: string | undefined
  error?: string | undefined
  optional?: boolean
  /** Makes the control; it must carry the given id and describedby. */
  children: (ids: { id: string; describedBy: string; invalid: boolean }) => JSX.Element
}

/** A label, a control, and below it a hint or what is wrong. */
export function Field(props: FieldProps): JSX.Element {
  const id = createUniqueId()
  return (
    <div class={styles['field']}>
      <label class={styles['label']} for={id}>
        {props.label}
        <Show when={props.optional}>
          <span class={styles['optional']}>optional</span>
        </Show>
      </label>
      {props.children({ id, describedBy: `${id}-note`, invalid: Boolean(props.error) })}
      <p
        id={`${id}-note`}
        class={styles['note']}
        classList={{ [styles['error'] ?? '']: Boolean(props.error) }}
        role={props.error ? 'alert' : undefined}
      >
        {props.error ?? props.hint}
      </p>
    </div>
  )
}

interface TextInputProps extends JSX.InputHTMLAttributes<HTMLInputElement> {
  invalid?: boolean
  mono?: boolean
}

export function TextInput(props: TextInputProps): JSX.Element {
  const [own, rest] = splitProps(props, ['invalid', 'mono', 'class'])
  return (
    <input
      type="text"
      class={`${styles['input']} ${own.class ?? ''}`}
      classList={{ [styles['mono'] ?? '']: own.mono ?? false }}
      aria-invalid={own.invalid ? 'true' : undefined}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      {...rest}
    />
  )
}

export const inputClass = styles['input']
