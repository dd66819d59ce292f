import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { baseName } from '../../kernel/paths.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useHistory, type Wish } from './model.ts'
import { exactTime, nameOf } from './times.ts'

/** Asks before anything is brought back, and says that nothing is lost by it. */
export function RestoreDialog(): JSX.Element {
  const { toasts } = useApp()
  const { ask, place, refresh, wish } = useHistory()
  const [busy, setBusy] = createSignal(false)
  const asked = () => {
    const current = wish()
    return current?.what === 'restore' ? current : null
  }
  const what = (current: Extract<Wish, { what: 'restore' }>) =>
    current.path === null ? 'the workspace' : baseName(current.path)

  const restore = async (current: Extract<Wish, { what: 'restore' }>) => {
    setBusy(true)
    try {
      await place.restore(current.entry.id, current.path)
      toasts.show({
        tone: 'info',
        title: `Restored ${what(current)}`,
        detail: 'What was there before is the save below it in the history.',
      })
      ask(null)
      refresh()
    } catch (error) {
      toasts.failed(`${what(current)} was not restored`)(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Show when={asked()} keyed>
      {(current) => (
        <ConfirmDialog
          open
          tone="solid"
          title={`Restore ${what(current)}?`}
          description={
            <>
              <p>
                {current.path === null ? 'All files become' : `${current.path} becomes`} what{' '}
                {current.path === null ? 'they were' : 'it was'} in the {nameOf(current.entry).toLowerCase()}{' '}
                ({exactTime(current.entry.at)}, “{current.entry.message}”).
              </p>
              <p style={{ 'margin-top': '8px' }}>
                Nothing is lost: what is there now is saved first and stays in the history.
                {current.path === null ? ' Ignored files, your branches and commits are left alone.' : ''}
              </p>
            </>
          }
          action="Restore"
          busy={busy()}
          onConfirm={() => void restore(current)}
          onClose={() => ask(null)}
        />
      )}
    </Show>
  )
}
