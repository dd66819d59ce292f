import type { JSX } from 'solid-js'
import type { Diff } from '../../kernel/diffs.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconClose, IconCompare } from '../../ui/icons.ts'
import styles from './tab-bar.module.css'

/** The tab of a comparison. */
export function DiffTab(props: { diff: Diff }): JSX.Element {
  const { diffs } = useSession()
  const isActive = () => diffs.active()?.id === props.diff.id
  return (
    <div
      role="tab"
      tabindex={isActive() ? 0 : -1}
      class={styles['tab']}
      aria-selected={isActive()}
      aria-controls="editor-panel"
      title={`${props.diff.path}: ${props.diff.original.label} → ${props.diff.modified.label}`}
      data-diff={props.diff.id}
      onMouseDown={(event) => {
        if (event.button === 0) diffs.show(props.diff.id)
        if (event.button === 1) event.preventDefault()
      }}
      onAuxClick={(event) => event.button === 1 && diffs.close(props.diff.id)}
      onKeyDown={(event) => {
        if (event.key === 'Delete') diffs.close(props.diff.id)
      }}
    >
      <IconCompare size={14} aria-hidden="true" />
      <span class={styles['name']}>{props.diff.title}</span>
      <button
        type="button"
        tabindex="-1"
        class={styles['close']}
        aria-label={`Close ${props.diff.title}`}
        onMouseDown={(event) => event.stopPropagation()}
        onClick={() => diffs.close(props.diff.id)}
      >
        <span class={styles['dot']} />
        <IconClose size={13} />
      </button>
    </div>
  )
}
