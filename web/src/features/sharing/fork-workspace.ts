import { useNavigate } from '@solidjs/router'
import type { Workspace } from '@codenest/platform/protocol'
import { useApp } from '../../kernel/app.ts'

/** Makes a workspace of the newest save of another one, and goes there. */
export function createForking(): (workspace: Pick<Workspace, 'id' | 'name'>) => void {
  const { api, toasts, workspaces } = useApp()
  const navigate = useNavigate()
  return ({ id, name }) => {
    api.create({ source: { workspace: id } }).then(
      (made) => {
        workspaces.put(made)
        toasts.show({
          tone: 'info',
          title: `Forked as ${made.name}`,
          detail: `It begins with the newest save of ${name}.`,
        })
        navigate(`/w/${made.id}`)
      },
      toasts.failed(`${name} could not be forked`),
    )
  }
}
