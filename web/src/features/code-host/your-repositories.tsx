import { useNavigate } from '@solidjs/router'
import type { HostRepository } from '@codenest/platform/protocol'
import { createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { Button } from '../../ui/button.tsx'
import { IconGit } from '../../ui/icons.ts'
import styles from './code-host.module.css'
import { hostName } from './host-name.ts'

const RepositoriesDialog = lazy(async () => ({
  default: (await import('./repositories-dialog.tsx')).RepositoriesDialog,
}))

/** The way from the dashboard to a repository of one's own. */
export function YourRepositories(props: { host: string }): JSX.Element {
  const { api, toasts, workspaces } = useApp()
  const navigate = useNavigate()
  const [open, setOpen] = createSignal(false)
  const choose = (repository: HostRepository) => {
    setOpen(false)
    api.create({ source: { repository: repository.cloneUrl } }).then(
      (workspace) => {
        workspaces.put(workspace)
        navigate(`/w/${workspace.id}`)
      },
      toasts.failed(`${repository.name} could not be opened`),
    )
  }
  return (
    <div class={styles['yours']}>
      <Button size="sm" tone="quiet" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <IconGit size={13} /> Your repositories on {hostName(props.host)}
      </Button>
      <Suspense>
        <Show when={open()}>
          <RepositoriesDialog host={props.host} onChoose={choose} onClose={() => setOpen(false)} />
        </Show>
      </Suspense>
    </div>
  )
}
