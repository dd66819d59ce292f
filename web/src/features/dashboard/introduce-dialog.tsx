import { readPlace } from '@codenest/platform/repository-place'
import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { tokenPage } from '../../kernel/repository-place.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { IconExternal } from '../../ui/icons.ts'
import { Refusal } from '../../ui/refusal.tsx'
import styles from './introduce-dialog.module.css'

interface IntroduceDialogProps {
  /** As it was pasted. */
  repository: string
  /** What its host said. */
  reason: string
  /** What comes next, in words; opening it unless said. */
  action?: string
  onClose: () => void
  onKnown: () => void
}

/** Who one is to the host of a private repository. It is tried at once; what is wrong is said, and asked again. */
export function IntroduceDialog(props: IntroduceDialogProps): JSX.Element {
  const { api } = useApp()
  const [username, setUsername] = createSignal('')
  const [token, setToken] = createSignal('')
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  const place = () => readPlace(props.repository).place
  const host = () => URL.parse(place()?.repository ?? '')?.host ?? 'the host'
  const page = () => {
    const found = place()
    return found && tokenPage(found)
  }

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (busy()) return
    setBusy(true)
    setProblem(null)
    try {
      await api.introduce({
        repository: props.repository,
        username: username().trim(),
        token: token().trim(),
      })
      props.onKnown()
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog open onClose={props.onClose} title={`Who are you at ${host()}?`} description={props.reason}>
      <form class={styles['form']} onSubmit={(event) => void submit(event)} novalidate>
        <Field label="User name" optional hint="Most hosts take any name with a token.">
          {(ids) => (
            <TextInput
              id={ids.id}
              name="username"
              aria-describedby={ids.describedBy}
              value={username()}
              onInput={(event) => setUsername(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field
          label="Token"
          hint="One that may read repositories is enough. It is kept encrypted, and no workspace ever has it."
        >
          {(ids) => (
            <TextInput
              id={ids.id}
              name="token"
              type="password"
              // Browsers would offer to keep a password that is meant for somebody else's server.
              autocomplete="one-time-code"
              aria-describedby={ids.describedBy}
              invalid={problem() !== null}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          )}
        </Field>
        <Show when={page()}>
          {(address) => (
            <a class={styles['make']} href={address()} target="_blank" rel="noreferrer">
              Make a token at {host()} <IconExternal size={13} />
            </a>
          )}
        </Show>
        <Show when={problem()}>{(message) => <Refusal>{message()}</Refusal>}</Show>
        <DialogActions>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button type="submit" tone="solid" busy={busy()} disabled={token().trim() === ''}>
            {props.action ?? 'Open repository'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
