import { createSignal, type JSX } from 'solid-js'
import type { Credentials } from '../../kernel/source-control.ts'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

/** Of the last attempt: a mistyped token should not cost the name, too. The token itself is kept nowhere. */
let lastUsername = ''

/** Who one is to the upstream, for this one command. */
export function TokenForm(props: { onSubmit: (credentials: Credentials) => void }): JSX.Element {
  const { busy } = useSourceControl()
  const [username, setUsername] = createSignal(lastUsername)
  const [token, setToken] = createSignal('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    lastUsername = username()
    props.onSubmit({ username: username().trim(), token: token().trim() })
  }
  return (
    <form class={styles['token']} onSubmit={submit}>
      <TextInput
        aria-label="User name (optional)"
        placeholder="User name (optional)"
        value={username()}
        onInput={(event) => setUsername(event.currentTarget.value)}
      />
      <TextInput
        type="password"
        aria-label="Token or password"
        placeholder="Token or password, used once"
        // Browsers would offer to keep a password that is meant for somebody else's server.
        autocomplete="one-time-code"
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <Button size="sm" tone="solid" type="submit" busy={busy() !== null} disabled={token().trim() === ''}>
        Try again with it
      </Button>
    </form>
  )
}
