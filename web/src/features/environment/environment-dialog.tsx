import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { IconShieldOff } from '../../ui/icons.ts'
import { Segmented } from '../../ui/segmented.tsx'
import styles from './environment.module.css'
import { VariableList } from './variable-list.tsx'

const SCOPES = [
  { value: 'workspace', label: 'This workspace' },
  { value: 'user', label: 'All your workspaces' },
] as const

interface EnvironmentDialogProps {
  /** The workspace that it is opened in; null: only those of all workspaces are shown. */
  workspace: string | null
  onClose: () => void
}

/** Variables and secrets for terminals and Run: they can be written and replaced, and are never shown again. */
export function EnvironmentDialog(props: EnvironmentDialogProps): JSX.Element {
  const { workspaces } = useApp()
  const [scope, setScope] = createSignal<(typeof SCOPES)[number]['value']>(
    props.workspace === null ? 'user' : 'workspace',
  )
  const shown = () => (scope() === 'user' ? null : props.workspace)
  const isUntrusted = () => props.workspace !== null && workspaces.find(props.workspace)?.trusted === false
  return (
    <Dialog
      open
      onClose={() => props.onClose()}
      width={560}
      title="Variables and secrets"
      description="Environment variables of terminals and of Run. Values are encrypted, hidden in logs and never shown again; the next terminal has them."
    >
      <div class={styles['body']}>
        <Show when={props.workspace !== null}>
          <Segmented label="Whose variables" options={SCOPES} value={scope()} onChange={setScope} />
        </Show>
        <Show when={isUntrusted() && props.workspace}>{(id) => <TrustNotice workspace={id()} />}</Show>
        {/* What was typed into one list has nothing to do in the other. */}
        <Show when={scope()} keyed>
          <VariableList workspace={shown()} />
        </Show>
      </div>
    </Dialog>
  )
}

function TrustNotice(props: { workspace: string }): JSX.Element {
  const { api, toasts, workspaces } = useApp()
  const [busy, setBusy] = createSignal(false)
  const trust = () => {
    setBusy(true)
    api
      .setTrust(props.workspace, { trusted: true })
      .then(workspaces.put, toasts.failed('The repository was not trusted'))
      .finally(() => setBusy(false))
  }
  return (
    <div class={styles['trust']} role="status">
      <IconShieldOff size={15} aria-hidden="true" />
      <p>
        This workspace gets none of them: its repository was opened from an address. Programs of it could read
        them. Trust it if you know whose it is.
      </p>
      <Button size="sm" busy={busy()} onClick={trust}>
        Trust this repository
      </Button>
    </div>
  )
}
