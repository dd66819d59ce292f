import { untrack, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import type { SourceControl } from '../../kernel/source-control.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { BranchDialog } from './branch-dialog.tsx'
import { SourceControlProvider } from './context.ts'

/** The branches apart from the panel: what git refuses is said in a toast. */
export function BranchPicker(props: { onClose: () => void }): JSX.Element {
  const { toasts } = useApp()
  const { sourceControl } = useSession()
  const act: SourceControl['act'] = async (name, payload) => {
    const done = await sourceControl.act(name, payload)
    const trouble = untrack(sourceControl.trouble)
    // The dialog has its own way out of this one.
    if (done === null && trouble && trouble.kind !== 'not_merged') {
      toasts.show({ tone: 'error', title: 'Git refused', detail: trouble.message })
    }
    return done
  }
  return (
    <SourceControlProvider value={{ ...sourceControl, act }}>
      <BranchDialog onClose={props.onClose} />
    </SourceControlProvider>
  )
}
