import { Show, type JSX } from 'solid-js'
import { baseName } from '../../kernel/paths.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconClose } from '../../ui/icons.ts'
import { PanelScroll } from '../../ui/side-panel.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { ChangedFiles } from './changed-files.tsx'
import { ForkDialog } from './fork-dialog.tsx'
import { useHistory } from './model.ts'
import styles from './notices.module.css'
import { RestoreDialog } from './restore-dialog.tsx'
import { StrayNotices } from './stray-notices.tsx'
import { TimelineList } from './timeline-list.tsx'
import { nameOf } from './times.ts'

/** The timeline with all that belongs to it, wherever it stands. */
export function HistoryPanel(): JSX.Element {
  const { place, scope, setScope, picked, pick, comparison, compare } = useHistory()
  const file = () => scope() ?? place.file()
  return (
    <>
      <Show when={file()}>
        {(path) => (
          <div class={styles['scope']}>
            <Segmented
              label="Whose history"
              value={scope() === null ? 'workspace' : 'file'}
              options={[
                { value: 'workspace', label: 'Workspace' },
                { value: 'file', label: baseName(path()), hint: path() },
              ]}
              onChange={(which) => setScope(which === 'file' ? path() : null)}
            />
          </div>
        )}
      </Show>
      <Show when={place.locked()}>{(why) => <p class={styles['locked']}>{why()}</p>}</Show>
      <PanelScroll>
        <StrayNotices />
        <Show when={picked()}>
          {(entry) => (
            <div class={styles['notice']} role="status">
              <p>
                Picked: {nameOf(entry())}, “{entry().message}”. Choose “Compare with the picked one” in the
                menu of another.
              </p>
              <div class={styles['ways']}>
                <Button size="sm" onClick={() => pick(null)}>
                  Never mind
                </Button>
              </div>
            </div>
          )}
        </Show>
        <Show when={comparison()} keyed>
          {(shown) => (
            <section class={styles['comparison']} aria-label="Comparison">
              <header class={styles['heading']}>
                <h3>
                  {shown.from.label} → {shown.to.label}
                </h3>
                <IconButton label="Close the comparison" onClick={() => compare(null)}>
                  <IconClose size={13} />
                </IconButton>
              </header>
              <ChangedFiles {...shown} />
            </section>
          )}
        </Show>
        <TimelineList />
      </PanelScroll>
      <RestoreDialog />
      <ForkDialog />
    </>
  )
}
