import { Match, Show, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { createLoader } from '../../kernel/loader.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './template-update.module.css'
import { UpdateForm } from './update-form.tsx'

/** What the template has changed, and the way to take it. */
export function TemplateUpdateDialog(props: { onClose: () => void }): JSX.Element {
  const { api } = useApp()
  const { id } = useSession()
  const looked = createLoader(() => api.templateUpdate(id))
  const description = () =>
    looked.data()?.available
      ? 'What the template changed is merged with what you changed, on a branch of its own. Conflicts, if there are any, are settled in source control.'
      : undefined
  const close = (message: string, alert: boolean) => (
    <>
      <p class={styles['word']} role={alert ? 'alert' : undefined}>
        {message}
      </p>
      <DialogActions>
        <Show when={looked.error()}>
          <Button onClick={looked.reload}>Try again</Button>
        </Show>
        <Button tone="solid" data-autofocus onClick={() => props.onClose()}>
          Close
        </Button>
      </DialogActions>
    </>
  )
  return (
    <Dialog
      open
      onClose={() => props.onClose()}
      title={`Update from ${looked.data()?.title ?? 'the template'}`}
      description={description()}
      width={520}
    >
      <Switch
        fallback={
          <p class={styles['word']} role="status">
            <Spinner size={12} /> Looking at the template
          </p>
        }
      >
        <Match when={looked.error()}>{(message) => close(message(), true)}</Match>
        <Match when={looked.data()?.problem}>
          {(problem) => close(`It cannot be updated: ${problem()}`, true)}
        </Match>
        <Match when={looked.data()?.available && looked.data()}>
          {(update) => <UpdateForm update={update()} onClose={() => props.onClose()} />}
        </Match>
        <Match when={looked.data()}>
          {close('The workspace is up to date with its template: an update would change nothing.', false)}
        </Match>
      </Switch>
    </Dialog>
  )
}
