import { Show, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Popover } from '../../ui/popover.tsx'
import { IgnoredFiles } from './ignored-files.tsx'
import { NotKept } from './not-kept.tsx'
import { QueueState } from './queue-state.tsx'
import { SaveSummary } from './save-summary.tsx'
import styles from './saves.module.css'
import { UnsavedFiles } from './unsaved-files.tsx'

/** What is kept, what waits and what is not kept: everything that stands behind the word in the status bar. */
export function SavesPopover(props: { anchor: HTMLElement | undefined; onClose: () => void }): JSX.Element {
  const { commands, documents, edit } = useSession()
  const open = (path: string) => {
    props.onClose()
    edit(path)
  }
  return (
    <Popover anchor={props.anchor} label="Saves" width={380} onClose={props.onClose}>
      <div class={styles['saves']}>
        <SaveSummary />
        <UnsavedFiles onOpen={open} />
        <QueueState />
        <NotKept onOpen={open} />
        <section class={styles['section']}>
          <h3>What a stop does not keep</h3>
          <p>
            A stop deletes the workspace’s disk; the next start lays out the last save. Not in it: ignored
            files that were not saved in the editor, like <code>node_modules</code>, build output and caches,
            and files above 100 MB. Whatever else is in no save is named above.
          </p>
        </section>
        <IgnoredFiles />
        <footer class={styles['actions']}>
          <Button
            size="sm"
            onClick={() => {
              props.onClose()
              commands.run('view.history')
            }}
          >
            Open the history
          </Button>
          <Show when={documents.count('unsaved') > 0}>
            <Button size="sm" tone="solid" onClick={() => void documents.saveAll()}>
              Save now
            </Button>
          </Show>
        </footer>
      </div>
    </Popover>
  )
}
