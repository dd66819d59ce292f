import { Match, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { RunnerError } from '../../kernel/errors.ts'
import { baseName } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconAlert } from '../../ui/icons.ts'
import styles from './conflict-bar.module.css'

/** Above the text, when the active file needs a decision. */
export function ConflictBar(): JSX.Element {
  const { toasts } = useApp()
  const { connection, diffs, documents, tabs } = useSession()
  const path = () => tabs.active() ?? ''
  const view = () => {
    const current = documents.views[path()]
    return current?.phase === 'open' ? current : null
  }
  const resolve = (choice: 'keep' | 'reload') => {
    documents.resolve(path(), choice).catch(toasts.failed('That did not work'))
  }

  const compare = () => {
    const at = path()
    diffs.open({
      id: `disk:${at}`,
      title: `${baseName(at)} (on disk)`,
      path: at,
      original: {
        label: 'On disk',
        load: async () => {
          try {
            return (await connection.request('files.read', { path: at })).content
          } catch (error) {
            if (error instanceof RunnerError && error.code === 'not_found') return null
            throw error
          }
        },
      },
      modified: { label: 'Your edits', live: true },
    })
  }

  return (
    <Switch>
      <Match when={view()?.status === 'conflict'}>
        <div class={styles['bar']} role="alert">
          <IconAlert size={15} class={styles['icon']} />
          <p>
            <strong>{baseName(path())}</strong> was changed on disk while you edited it. Your edits are not
            saved.
          </p>
          <Button size="sm" onClick={compare}>
            Compare
          </Button>
          <Button size="sm" onClick={() => resolve('reload')}>
            Reload from disk
          </Button>
          <Button size="sm" tone="solid" onClick={() => resolve('keep')}>
            Keep mine
          </Button>
        </div>
      </Match>
      <Match when={view()?.status === 'refused'}>
        <div class={styles['bar']} role="alert">
          <IconAlert size={15} class={styles['icon']} />
          <p>
            <strong>{baseName(path())}</strong> was not written: {view()?.problem}
          </p>
          <Button size="sm" onClick={() => resolve('reload')}>
            Reload from disk
          </Button>
          <Button size="sm" tone="solid" onClick={() => resolve('keep')}>
            Try again
          </Button>
        </div>
      </Match>
      <Match when={view()?.deleted}>
        <div class={styles['bar']} role="status">
          <IconAlert size={15} class={styles['icon']} />
          <p>
            <strong>{baseName(path())}</strong> was deleted on disk. Typing in it makes it again.
          </p>
          <Button size="sm" onClick={() => tabs.removed(path())}>
            Close
          </Button>
        </div>
      </Match>
    </Switch>
  )
}
