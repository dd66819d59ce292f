import { createSignal, Show, type JSX } from 'solid-js'
import type { GitTrouble } from '../../kernel/source-control.ts'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconClose } from '../../ui/icons.ts'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

/** What git refused, in words, with the ways out that are at hand. */
export function TroubleNotice(): JSX.Element {
  const { dismiss, trouble } = useSourceControl()
  return (
    <Show when={trouble()} keyed>
      {(current) => (
        <div class={styles['trouble']} role="alert">
          <p>{current.message}</p>
          <IconButton label="Dismiss" onClick={dismiss}>
            <IconClose size={13} />
          </IconButton>
          <div class={styles['ways']}>
            <WaysOut trouble={current} />
          </div>
          <Show when={current.output}>
            <details>
              <summary>What git said</summary>
              <pre>{current.output}</pre>
            </details>
          </Show>
        </div>
      )}
    </Show>
  )
}

function WaysOut(props: { trouble: GitTrouble }): JSX.Element {
  const { act } = useSourceControl()
  const is = (kind: string) => props.trouble.kind === kind
  return (
    <>
      <Show when={is('diverged')}>
        <Button size="sm" onClick={() => void act('git.pull', { how: 'merge' })}>
          Pull and merge
        </Button>
        <Button size="sm" onClick={() => void act('git.pull', { how: 'rebase' })}>
          Pull and rebase
        </Button>
      </Show>
      <Show when={is('rewritten')}>
        <Button size="sm" tone="danger" onClick={() => void act('git.push', { replace: true })}>
          Replace on the upstream
        </Button>
      </Show>
      <Show when={is('auth')}>
        <TokenForm request={props.trouble.request} />
      </Show>
    </>
  )
}

/** A token for this one command; it is kept nowhere. */
function TokenForm(props: { request: GitTrouble['request'] }): JSX.Element {
  const { act } = useSourceControl()
  const [username, setUsername] = createSignal('')
  const [token, setToken] = createSignal('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const credentials = { username: username(), token: token() }
    if (props.request === 'git.push') void act('git.push', { replace: false, credentials })
    else if (props.request === 'git.pull') void act('git.pull', { how: 'ff', credentials })
    else void act('git.fetch', { credentials })
  }
  return (
    <form class={styles['token']} onSubmit={submit}>
      <TextInput
        aria-label="User name (optional)"
        placeholder="User name (optional)"
        onInput={(event) => setUsername(event.currentTarget.value)}
      />
      <TextInput
        type="password"
        aria-label="Token"
        placeholder="Token, used once"
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <Button size="sm" type="submit" disabled={token() === ''}>
        Try again with the token
      </Button>
    </form>
  )
}
