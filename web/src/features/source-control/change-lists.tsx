import type { GitChange } from '@codenest/runner/protocol'
import { createSignal, For, Show, type JSX } from 'solid-js'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconMinus, IconPlus, IconUndo } from '../../ui/icons.ts'
import { PanelNote } from '../../ui/side-panel.tsx'
import styles from './change-lists.module.css'
import { ChangeRow } from './change-row.tsx'
import { ConflictRow } from './conflict-row.tsx'
import { useSourceControl } from './context.ts'
import { createDiscarding } from './discarding.ts'

/** Conflicts, what is staged, and what is not. */
export function ChangeLists(): JSX.Element {
  const { act, changed, status } = useSourceControl()
  const discard = createDiscarding()
  const [doomed, setDoomed] = createSignal<string[] | null>(null)
  const conflicts = () => status()?.conflicts ?? []
  const staged = () => status()?.staged ?? []
  const unstaged = () => status()?.unstaged ?? []
  return (
    <>
      <Show when={changed() === 0}>
        <PanelNote>No changes since the last commit.</PanelNote>
      </Show>
      <Group title="Conflicts" count={conflicts().length}>
        <For each={conflicts()}>{(conflict) => <ConflictRow conflict={conflict} />}</For>
      </Group>
      <Group
        title="Staged"
        count={staged().length}
        tools={
          <IconButton label="Unstage all" onClick={() => void act('git.unstage', { paths: [] })}>
            <IconMinus size={14} />
          </IconButton>
        }
      >
        <For each={staged()}>{(change) => <ChangeRow change={change} staged discard={discard} />}</For>
      </Group>
      <Group
        title="Changes"
        count={unstaged().length}
        tools={
          <>
            <IconButton label="Discard all changes" onClick={() => setDoomed(pathsOf(unstaged()))}>
              <IconUndo size={13} />
            </IconButton>
            <IconButton
              label="Stage all changes"
              onClick={() => {
                // Conflicts are staged one by one, when they are settled.
                const paths = conflicts().length > 0 ? pathsOf(unstaged()) : []
                void act('git.stage', { paths })
              }}
            >
              <IconPlus size={14} />
            </IconButton>
          </>
        }
      >
        <For each={unstaged()}>
          {(change) => <ChangeRow change={change} staged={false} discard={discard} />}
        </For>
      </Group>
      <Show when={status()?.truncated}>
        <PanelNote>There are more changes than are shown. Is a folder missing in .gitignore?</PanelNote>
      </Show>
      <Show when={doomed()}>
        {(paths) => (
          <ConfirmDialog
            open
            title={
              paths().length === 1
                ? `Discard the changes of ${paths()[0]}?`
                : `Discard ${paths().length} changes?`
            }
            description="Files go back to what is staged or committed, new files are deleted. A save is made first, so this can be undone."
            action="Discard"
            onConfirm={() => {
              void discard.files(paths())
              setDoomed(null)
            }}
            onClose={() => setDoomed(null)}
          />
        )}
      </Show>
    </>
  )
}

function Group(props: {
  title: string
  count: number
  tools?: JSX.Element
  children: JSX.Element
}): JSX.Element {
  return (
    <Show when={props.count > 0}>
      <section aria-label={props.title}>
        <header class={styles['group']}>
          <h3>{props.title}</h3>
          <span class={styles['count']}>{props.count}</span>
          <span class={styles['tools']}>{props.tools}</span>
        </header>
        <ul>{props.children}</ul>
      </section>
    </Show>
  )
}

function pathsOf(changes: GitChange[]): string[] {
  return changes.map(({ path }) => path)
}
