import { createSignal, createUniqueId, Show, type JSX } from 'solid-js'
import { Button } from '../../ui/button.tsx'
import { inputClass, TextInput } from '../../ui/field.tsx'
import styles from './environment.module.css'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

interface VariableFormProps {
  taken: string[]
  /** Resolves to what was wrong, null when nothing was. */
  onSave: (name: string, value: string) => Promise<string | null>
}

/** A new variable. A line like NAME=value that is pasted for the name fills in both. */
export function VariableForm(props: VariableFormProps): JSX.Element {
  const note = createUniqueId()
  const [name, setName] = createSignal('')
  const [value, setValue] = createSignal('')
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  let first: HTMLInputElement | undefined

  const save = async (event: SubmitEvent) => {
    event.preventDefault()
    if (!NAME.test(name())) {
      setProblem('A name has letters, digits and underscores, and does not begin with a digit.')
      return
    }
    setBusy(true)
    const wrong = await props.onSave(name(), value())
    setBusy(false)
    setProblem(wrong)
    if (wrong !== null) return
    setName('')
    setValue('')
    first?.focus()
  }
  const paste = (event: ClipboardEvent) => {
    const [, pasted, rest] =
      /^\s*(?:export\s+)?([A-Za-z_]\w*)=([\s\S]*)$/.exec(event.clipboardData?.getData('text') ?? '') ?? []
    if (pasted === undefined || rest === undefined) return
    event.preventDefault()
    setName(pasted)
    setValue(rest.replace(/\n$/, '').replace(/^(["'])([\s\S]*)\1$/, '$2'))
  }

  return (
    <form class={styles['new']} onSubmit={(event) => void save(event)} novalidate>
      <TextInput
        ref={(input: HTMLInputElement) => (first = input)}
        mono
        name="name"
        placeholder="NAME"
        aria-label="Name of the variable"
        aria-describedby={note}
        invalid={problem() !== null}
        value={name()}
        onPaste={paste}
        onInput={(event) => {
          setName(event.currentTarget.value.trim())
          setProblem(null)
        }}
      />
      <textarea
        class={`${inputClass} ${styles['value']}`}
        name="value"
        rows={1}
        placeholder="Value"
        aria-label="Value of the variable"
        autocomplete="off"
        spellcheck={false}
        value={value()}
        onInput={(event) => setValue(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          event.currentTarget.form?.requestSubmit()
        }}
      />
      <Button type="submit" tone="solid" busy={busy()} disabled={name() === ''}>
        {props.taken.includes(name()) ? 'Replace' : 'Add'}
      </Button>
      <p id={note} class={styles['note']} role={problem() ? 'alert' : undefined}>
        <Show when={problem()} fallback="Shift+Enter begins a new line. Paste NAME=value to fill in both.">
          {(message) => <span class={styles['problem']}>{message()}</span>}
        </Show>
      </p>
    </form>
  )
}
