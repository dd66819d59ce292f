import type { WorkspaceState } from '@codenest/platform/protocol'
import type { JSX } from 'solid-js'
import styles from './state-dot.module.css'

export const stateLabels: Record<WorkspaceState, string> = {
  stopped: 'Stopped',
  starting: 'Starting…',
  running: 'Running',
  stopping: 'Stopping…',
  failed: 'Failed',
  deleting: 'Deleting…',
}

/** Colour is never alone: a label stands beside it wherever it is used. */
export function StateDot(props: { state: WorkspaceState }): JSX.Element {
  return <span class={styles['dot']} data-state={props.state} aria-hidden="true" />
}
