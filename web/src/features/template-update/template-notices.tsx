import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import styles from '../source-control/source-control.module.css'

/** In source control: the branch of an update on its way home, and an update that can be taken. */
export function TemplateNotices(): JSX.Element {
  const { toasts } = useApp()
  const { commands, sourceControl, templateUpdate } = useSession()
  const { act, busy, status } = sourceControl
  const home = () => (status()?.state === 'none' ? status()?.home : null)
  /** One that was merged a moment ago is not recorded yet. */
  const isFree = () => status()?.state === 'none' && !home()?.ahead
  const finish = async () => {
    const branch = home()?.branch
    const isBack = home()?.ahead === 0
    const done = await act('git.finishUpdate', {})
    if (done && done.outcome !== 'conflicts')
      toasts.show({ tone: 'info', title: isBack ? `Back on ${branch}` : `${branch} has the update` })
  }
  return (
    <>
      <Show when={home()}>
        {(found) => (
          <div class={styles['banner']} data-tone="accent" role="status">
            <p>
              <Show
                when={found().ahead > 0}
                fallback={`This branch was made for an update from the template, and has nothing that ${found().branch} lacks.`}
              >
                <strong>The update from the template is on this branch.</strong> Look at it and run it;{' '}
                {found().branch} does not have it yet.
              </Show>
            </p>
            <div class={styles['ways']}>
              <Button
                size="sm"
                tone={found().ahead > 0 ? 'solid' : 'plain'}
                busy={busy() === 'git.finishUpdate'}
                disabled={busy() !== null}
                onClick={() => void finish()}
              >
                {found().ahead > 0 ? `Merge into ${found().branch}` : `Back to ${found().branch}`}
              </Button>
            </div>
          </div>
        )}
      </Show>
      <Show when={isFree() && templateUpdate.offered()}>
        {(update) => (
          <div class={styles['banner']} data-tone="accent" role="status">
            <p>The template {update().title} has an update.</p>
            <div class={styles['ways']}>
              <Button
                size="sm"
                disabled={busy() !== null}
                onClick={() => commands.run('workspace.templateUpdate')}
              >
                Review
              </Button>
              <Button size="sm" tone="quiet" onClick={templateUpdate.putOff}>
                Not now
              </Button>
            </div>
          </div>
        )}
      </Show>
    </>
  )
}
