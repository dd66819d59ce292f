import type { App } from '../../kernel/app.ts'

/** Makes a workspace of the newest save of another one, and goes there. What fails is said in a notice. */
export async function forkWorkspace(
  { api, toasts, workspaces }: App,
  id: string,
  navigate: (path: string) => void,
): Promise<void> {
  const name = workspaces.find(id)?.name ?? id
  try {
    const made = await api.create({ source: { workspace: id } })
    workspaces.put(made)
    toasts.show({
      tone: 'info',
      title: `Forked as ${made.name}`,
      detail: `It begins with the newest save of ${name}.`,
    })
    navigate(`/w/${made.id}`)
  } catch (error) {
    toasts.failed(`${name} could not be forked`)(error)
  }
}
