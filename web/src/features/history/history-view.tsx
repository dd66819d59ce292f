import type { Save } from '@codenest/platform/protocol'
import {
  createEffect,
  createMemo,
  createResource,
  createSignal,
  For,
  Match,
  on,
  Show,
  Switch,
  type JSX,
} from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { baseName } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconReload } from '../../ui/icons.ts'
import { TreeSkeleton } from '../explorer/tree-skeleton.tsx'
import styles from './history.module.css'
import { SaveRow } from './save-row.tsx'

interface Restore {
  save: Save
  /** Null for the whole workspace. */
  path: string | null
}

const day = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' })

/** The saves of the workspace, newest first: compare the open file with any of them, bring back what was. */
export function HistoryView(): JSX.Element {
  const { api, toasts } = useApp()
  const { id, connection, diffs, readiness, saves: status, tabs } = useSession()
  const [saves, { refetch }] = createResource(() => api.saves(id))
  const [asked, setAsked] = createSignal<Restore | null>(null)
  // What has just become durable is on the list.
  createEffect(
    on(
      () => status()?.commit,
      () => void refetch(),
      { defer: true },
    ),
  )
  const list = () => (saves.state === 'errored' ? undefined : saves.latest)
  const days = createMemo(() => [...Map.groupBy(list() ?? [], (save) => day.format(Date.parse(save.at)))])

  const compare = (save: Save, path: string) => {
    const label = `Save of ${new Date(save.at).toLocaleTimeString('en')}`
    const load = async () => {
      const { content, problem } = await api.fileAt(id, save.id, path)
      if (problem !== null) throw new Error(problem)
      return content
    }
    diffs.open({
      id: `history:${path}`,
      title: `${baseName(path)} (history)`,
      path,
      original: { label, load },
      modified: { label: 'Now', live: true },
    })
  }

  const restore = ({ save, path }: Restore) => {
    setAsked(null)
    connection
      .request('saves.restore', { saveId: crypto.randomUUID(), commit: save.id, path })
      .then(
        () => toasts.show({ tone: 'info', title: 'Restored. What was there before is the save below it.' }),
        toasts.failed('It could not be restored'),
      )
  }

  return (
    <section class={styles['view']} aria-label="History">
      <header class={styles['header']}>
        <h2 class={styles['title']}>History</h2>
        <IconButton label="Reload" onClick={() => void refetch()}>
          <IconReload size={14} />
        </IconButton>
      </header>
      <div class={styles['scroll']}>
        <Switch fallback={<TreeSkeleton />}>
          <Match when={saves.state === 'errored'}>
            <div class={styles['note']}>
              <p>The history could not be loaded. {messageOf(saves.error)}</p>
              <Button size="sm" onClick={() => void refetch()}>
                Try again
              </Button>
            </div>
          </Match>
          <Match when={list()?.length === 0}>
            <p class={styles['note']}>
              Nothing has been saved yet. Each save of this workspace will be here.
            </p>
          </Match>
          <Match when={list()}>
            <For each={days()}>
              {([name, some]) => (
                <>
                  <h3 class={styles['day']}>{name}</h3>
                  <ul>
                    <For each={some}>
                      {(save) => (
                        <SaveRow
                          save={save}
                          path={tabs.active()}
                          canRestore={readiness.isReady()}
                          onCompare={(path) => compare(save, path)}
                          onRestore={(path) => setAsked({ save, path })}
                        />
                      )}
                    </For>
                  </ul>
                </>
              )}
            </For>
          </Match>
        </Switch>
      </div>
      <Show when={asked()}>
        {(what) => (
          <ConfirmDialog
            open
            title={
              what().path === null ? 'Restore the workspace?' : `Restore ${baseName(what().path ?? '')}?`
            }
            description={
              what().path === null
                ? 'All files become what they were in this save. What is there now is saved first and stays in the history. Ignored files are left alone.'
                : 'The file becomes what it was in this save. What is there now is saved first and stays in the history.'
            }
            action="Restore"
            onConfirm={() => restore(what())}
            onClose={() => setAsked(null)}
          />
        )}
      </Show>
    </section>
  )
}
