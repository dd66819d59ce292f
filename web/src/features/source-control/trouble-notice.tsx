import { Show, type JSX } from 'solid-js'
import type { GitTrouble } from '../../kernel/source-control.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconClose } from '../../ui/icons.ts'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'
import { TokenForm } from './token-form.tsx'

/** What git refused, in words, with the ways out that are at hand. */
export function TroubleNotice(): JSX.Element {
  const { dismiss, trouble } = useSourceControl()
  return (
    <Show when={trouble()} keyed>
      {(current) => (
        <div class={styles['trouble']} role="alert">
          <p>
            <Show when={current.kind === 'auth' && current.hadCredentials} fallback={current.message}>
              The upstream did not take that name and token. Check that the token may write to this repository
              and has not expired, then try again.
            </Show>
          </p>
          <IconButton label="Dismiss" onClick={dismiss}>
            <IconClose size={13} />
          </IconButton>
          <WaysOut trouble={current} />
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
  const { act, busy } = useSourceControl()
  const is = (kind: string) => props.trouble.kind === kind
  return (
    <div class={styles['ways']}>
      <Show when={is('diverged')}>
        <Button size="sm" disabled={busy() !== null} onClick={() => void act('git.pull', { how: 'merge' })}>
          Pull and merge
        </Button>
        <Button size="sm" disabled={busy() !== null} onClick={() => void act('git.pull', { how: 'rebase' })}>
          Pull and rebase
        </Button>
      </Show>
      <Show when={is('rewritten')}>
        <Button
          size="sm"
          tone="danger"
          disabled={busy() !== null}
          onClick={() => void act('git.push', { replace: true })}
        >
          Replace on the upstream
        </Button>
      </Show>
      <Show when={is('no_upstream')}>
        <Button size="sm" disabled={busy() !== null} onClick={() => void act('git.push', { replace: false })}>
          Push and follow it
        </Button>
      </Show>
      <Show when={is('auth') && props.trouble.retryWith}>
        {(retryWith) => <TokenForm onSubmit={retryWith()} />}
      </Show>
    </div>
  )
}
