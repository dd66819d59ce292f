import { createSignal, For, Show, type JSX } from 'solid-js'
import { createLoader } from '../../kernel/loader.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextInput } from '../../ui/field.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconBranch, IconCheck, IconTrash } from '../../ui/icons.ts'
import { PanelNote } from '../../ui/side-panel.tsx'
import { useSourceControl } from './context.ts'
import styles from './branch-dialog.module.css'
import lists from './change-lists.module.css'

/** Switch to a branch, make one, delete one. What git refuses shows in the panel. */
export function BranchDialog(props: { onClose: () => void }): JSX.Element {
  const { connection } = useSession()
  const { act, trouble } = useSourceControl()
  const [text, setText] = createSignal('')
  const branches = createLoader(() => connection.request('git.branches', {}))
  const found = () =>
    (branches.data() ?? []).filter(({ name }) => name.toLowerCase().includes(text().trim().toLowerCase()))
  const isNew = () => text().trim() !== '' && !branches.data()?.some(({ name }) => name === text().trim())
  const create = () => {
    props.onClose()
    void act('git.createBranch', { branch: text().trim().replaceAll(/\s+/g, '-') })
  }
  const remove = async (branch: string, force: boolean) => {
    await act('git.deleteBranch', { branch, force })
    branches.reload()
  }
  const [asked, setAsked] = createSignal<string | null>(null)
  return (
    <Dialog open title="Branches" onClose={() => props.onClose()}>
      <form
        class={styles['new']}
        onSubmit={(event) => {
          event.preventDefault()
          if (isNew()) create()
        }}
      >
        <TextInput
          data-autofocus
          aria-label="Find or name a branch"
          placeholder="Find a branch, or name a new one"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!isNew()}>
          Create
        </Button>
      </form>
      <Show when={branches.error()}>{(message) => <PanelNote role="alert">{message()}</PanelNote>}</Show>
      <ul class={styles['branches']}>
        <For each={found()}>
          {(branch) => (
            <li class={lists['row']}>
              <button
                type="button"
                class={lists['file']}
                disabled={branch.current}
                onClick={() => {
                  props.onClose()
                  void act('git.switch', { branch: branch.name, remote: branch.remote })
                }}
              >
                <Show when={branch.current} fallback={<IconBranch size={13} />}>
                  <IconCheck size={13} />
                </Show>
                <span class={lists['name']}>{branch.name}</span>
                <span class={lists['folder']}>{branch.subject}</span>
              </button>
              <Show when={!branch.remote && !branch.current}>
                <Show
                  when={asked() === branch.name && trouble()?.kind === 'not_merged'}
                  fallback={
                    <IconButton
                      label={`Delete ${branch.name}`}
                      onClick={() => (setAsked(branch.name), void remove(branch.name, false))}
                    >
                      <IconTrash size={13} />
                    </IconButton>
                  }
                >
                  <Button size="sm" tone="danger" onClick={() => void remove(branch.name, true)}>
                    Not merged: delete anyway
                  </Button>
                </Show>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </Dialog>
  )
}
