import type { GitToken } from '@codenest/platform/protocol'
import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy-field.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './clone-dialog.module.css'

/** How to have the repository on another machine with plain Git. */
export function CloneDialog(props: { onClose: () => void }): JSX.Element {
  const { api, session: who, toasts } = useApp()
  const { workspace } = useSession()
  const [token, setToken] = createSignal<GitToken | null>(null)
  const [busy, setBusy] = createSignal(false)

  const create = () => {
    setBusy(true)
    api
      .createGitToken()
      .then(setToken, toasts.failed('No token could be made'))
      .finally(() => setBusy(false))
  }
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Clone with Git"
      description="Your branches and commits, with any Git client. Saves are on side refs that a plain clone leaves out."
      width={540}
    >
      <div class={styles['body']}>
        <CopyField label="Command" value={`git clone ${workspace()?.remoteUrl ?? ''}`} />
        <CopyField label="User" value={token()?.username ?? who.data()?.owner ?? ''} />
        <Show
          when={token()}
          fallback={
            <div class={styles['create']}>
              <p>Git asks for a password. A token stands in for it; it is shown once.</p>
              <Button busy={busy()} onClick={create}>
                Create a token
              </Button>
            </div>
          }
        >
          {(made) => (
            <>
              <CopyField label="Token" value={made().token} />
              <p class={styles['note']}>
                Use it as the password until {new Date(made().expiresAt).toLocaleString()}. It will not be
                shown again.
              </p>
            </>
          )}
        </Show>
      </div>
    </Dialog>
  )
}
