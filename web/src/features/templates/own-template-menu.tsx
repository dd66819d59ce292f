import type { Template } from '@codenest/platform/protocol'
import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { DropdownMenu } from '../../ui/dropdown-menu.tsx'
import { IconMore } from '../../ui/icons.ts'

/** What is done with a template of one's own. */
export function OwnTemplateMenu(props: { template: Template; onChanged: () => void }): JSX.Element {
  const { api, toasts } = useApp()
  const [doomed, setDoomed] = createSignal(false)
  const [busy, setBusy] = createSignal(false)
  /** The workspace that it was made of; null for one that is fetched. */
  const workspace = () => {
    const source = props.template.own?.source
    return source && 'workspace' in source ? source.workspace : null
  }

  const refresh = async () => {
    const { name, title, revision } = props.template
    setBusy(true)
    try {
      const now = await api.refreshTemplate(name)
      props.onChanged()
      toasts.show(
        now.revision === revision
          ? {
              tone: 'info',
              title: `${title} is up to date`,
              detail: `Its ${workspace() ? 'workspace' : 'repository'} has nothing new.`,
            }
          : {
              tone: 'info',
              title: `${now.title} was updated`,
              detail: 'New workspaces begin with what is new.',
            },
      )
    } catch (error) {
      toasts.failed(`${title} was not updated`)(error)
    } finally {
      setBusy(false)
    }
  }
  const remove = async () => {
    setBusy(true)
    try {
      await api.removeTemplate(props.template.name)
      setDoomed(false)
      props.onChanged()
    } catch (error) {
      toasts.failed(`${props.template.title} was not deleted`)(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <>
      <DropdownMenu
        label={`Actions of ${props.template.title}`}
        icon={<IconMore size={15} />}
        entries={[
          {
            label: workspace() === null ? 'Fetch again' : `Update from ${workspace()}`,
            disabled: busy(),
            run: () => void refresh(),
          },
          { label: 'Delete…', danger: true, separated: true, run: () => setDoomed(true) },
        ]}
      />
      <Show when={doomed()}>
        <ConfirmDialog
          open
          title={`Delete the template ${props.template.title}?`}
          description="It is offered no more. Workspaces that were made from it stay as they are. This cannot be undone."
          action="Delete template"
          busy={busy()}
          onConfirm={() => void remove()}
          onClose={() => setDoomed(false)}
        />
      </Show>
    </>
  )
}
