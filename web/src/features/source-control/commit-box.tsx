import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { Button } from '../../ui/button.tsx'
import { createCommitMessages } from './commit-messages.ts'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

/** The message and the commit. Without a message of its own it takes the suggested one, which it shows. */
export function CommitBox(): JSX.Element {
  const { toasts } = useApp()
  const { act, busy, status } = useSourceControl()
  const messages = createCommitMessages()
  const [text, setText] = createSignal('')
  const [amend, setAmend] = createSignal(false)
  const message = () => text().trim() || messages()?.suggestion || ''
  const isAll = () => status()?.staged.length === 0
  const hasChanges = () => (status()?.staged.length ?? 0) + (status()?.unstaged.length ?? 0) > 0
  // A merge is committed though nothing may be left to change.
  const isUnderWay = () => status()?.state !== 'none'
  const mayCommit = () => busy() === null && message() !== '' && (amend() || hasChanges() || isUnderWay())

  const commit = async () => {
    if (!mayCommit()) return
    // To amend without anything staged changes the message alone.
    const payload = { message: message(), amend: amend(), all: isAll() && !amend() }
    const done = await act('git.commit', payload)
    if (!done) return
    setText('')
    setAmend(false)
    toasts.show({ tone: 'info', title: `Committed ${done.commit.slice(0, 8)}`, detail: done.subject })
  }
  const toggleAmend = (checked: boolean) => {
    setAmend(checked)
    const last = messages()?.last ?? ''
    if (checked && text().trim() === '') setText(last)
    else if (!checked && text() === last) setText('')
  }

  return (
    <div class={styles['commit']}>
      <textarea
        class={styles['message']}
        rows={3}
        aria-label="Commit message"
        placeholder={messages()?.suggestion || 'Message'}
        value={text()}
        data-submits
        spellcheck={true}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          void commit()
        }}
      />
      <div class={styles['ways']}>
        <Button
          size="sm"
          tone="solid"
          busy={busy() === 'git.commit'}
          disabled={!mayCommit()}
          onClick={() => void commit()}
        >
          {amend() ? 'Amend' : isAll() ? 'Commit all' : 'Commit'}
        </Button>
        <Show when={!isUnderWay()}>
          <label class={styles['amend']} data-tip="Puts it into the last commit instead of a new one">
            <input
              type="checkbox"
              checked={amend()}
              disabled={messages()?.last === null}
              onChange={(event) => toggleAmend(event.currentTarget.checked)}
            />
            Amend
          </label>
        </Show>
      </div>
    </div>
  )
}
