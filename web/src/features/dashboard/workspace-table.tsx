import type { Template, Workspace } from '@codenest/platform/protocol'
import { createSignal, For, lazy, Match, onCleanup, Show, Suspense, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import dashboard from './dashboard.module.css'
import { LoadFailed } from './load-failed.tsx'
import { WorkspaceRow } from './workspace-row.tsx'
import styles from './workspace-table.module.css'

const ShareDialog = lazy(async () => ({
  default: (await import('../sharing/share-dialog.tsx')).ShareDialog,
}))

const UseAsTemplateDialog = lazy(async () => ({
  default: (await import('../templates/use-as-template-dialog.tsx')).UseAsTemplateDialog,
}))

export function WorkspaceTable(props: { onTemplate: (template: Template) => void }): JSX.Element {
  const { api, workspaces, toasts } = useApp()
  const [doomed, setDoomed] = createSignal<Workspace | null>(null)
  const [shared, share] = createSignal<Workspace | null>(null)
  const [model, setModel] = createSignal<Workspace | null>(null)
  const [deleting, setDeleting] = createSignal(false)
  const [now, setNow] = createSignal(Date.now())
  const clock = setInterval(() => setNow(Date.now()), 30_000)
  onCleanup(() => clearInterval(clock))

  const remove = async (workspace: Workspace) => {
    setDeleting(true)
    try {
      await api.remove(workspace.id)
      setDoomed(null)
    } catch (error) {
      toasts.failed(`${workspace.name} was not deleted`)(error)
    } finally {
      setDeleting(false)
    }
  }

  return (
    <section aria-labelledby="workspaces-title">
      <h2 id="workspaces-title" class={dashboard['heading']}>
        Your workspaces
      </h2>
      <Switch>
        <Match when={workspaces.loaded()}>
          <ul class={styles['table']}>
            <For
              each={workspaces.items}
              fallback={
                <li class={styles['empty']}>
                  <p>No workspaces yet.</p>
                  <p>Choose a template below, or paste the address of a repository above.</p>
                </li>
              }
            >
              {(workspace) => (
                <WorkspaceRow
                  workspace={workspace}
                  now={now()}
                  onTemplate={() => setModel(workspace)}
                  onShare={() => share(workspace)}
                  onDelete={() => setDoomed(workspace)}
                />
              )}
            </For>
          </ul>
        </Match>
        <Match when={workspaces.error()}>
          {(message) => (
            <LoadFailed
              what="Your workspaces could not be loaded."
              message={message()}
              onRetry={workspaces.refresh}
            />
          )}
        </Match>
        <Match when={true}>
          <ul class={styles['table']} aria-busy="true" aria-label="Loading your workspaces">
            <For each={[1, 2, 3]}>
              {() => (
                <li class={styles['skeleton']}>
                  <Skeleton width="8px" height="8px" radius="50%" />
                  <Skeleton width="132px" height="14px" />
                  <Skeleton width="96px" height="12px" />
                </li>
              )}
            </For>
          </ul>
        </Match>
      </Switch>
      <Suspense>
        <Show when={model()}>
          {(workspace) => (
            <UseAsTemplateDialog
              workspace={workspace()}
              onClose={() => setModel(null)}
              onCreated={(template) => {
                setModel(null)
                props.onTemplate(template)
              }}
            />
          )}
        </Show>
        <Show when={shared()}>
          {(workspace) => <ShareDialog workspace={workspace()} onClose={() => share(null)} />}
        </Show>
      </Suspense>
      <Show when={doomed()}>
        {(workspace) => (
          <ConfirmDialog
            open
            title={`Delete ${workspace().name}?`}
            description="Its files, its Git repository and the history of all its saves are deleted from the bucket. This cannot be undone. Repositories elsewhere that you pushed to are not touched."
            action="Delete workspace"
            busy={deleting()}
            onConfirm={() => void remove(workspace())}
            onClose={() => setDoomed(null)}
          />
        )}
      </Show>
    </section>
  )
}
