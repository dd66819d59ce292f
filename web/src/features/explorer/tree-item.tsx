import { Show, type JSX } from 'solid-js'
import type { TreeRow } from '../../kernel/tree.ts'
import { IconChevronRight } from '../../ui/icons.ts'
import type { ExplorerModel } from './explorer-model.ts'
import { FileIcon, FolderIcon } from './file-icon.tsx'
import styles from './file-tree.module.css'
import { NameInput } from './name-input.tsx'

export const INDENT = 12

interface TreeItemProps {
  row: TreeRow
  id: string
  current: boolean
  /** The editor shows it. */
  active: boolean
  /** It waits to be pasted elsewhere. */
  cut: boolean
  /** It is, or is in, the folder that would take what is dragged. */
  taking: boolean
  model: ExplorerModel
  onOpen: (pin: boolean) => void
}

export function TreeItem(props: TreeItemProps): JSX.Element {
  const isFolder = () => props.row.kind === 'folder'
  const isRenamed = () => {
    const edit = props.model.edit()
    return edit?.kind === 'rename' && edit.path === props.row.path
  }
  return (
    <Show
      when={!isRenamed()}
      fallback={
        <NameInput
          level={props.row.level}
          folder={isFolder()}
          initial={props.row.name}
          model={props.model}
          label={`New name of ${props.row.name}`}
        />
      }
    >
      <div
        id={props.id}
        role="treeitem"
        class={styles['row']}
        aria-label={props.row.name}
        aria-level={props.row.level}
        aria-posinset={props.row.position}
        aria-setsize={props.row.siblings}
        aria-expanded={isFolder() ? props.row.expanded : undefined}
        aria-selected={props.current}
        data-path={props.row.path}
        data-current={props.current}
        data-active={props.active}
        data-ignored={props.row.ignored}
        data-cut={props.cut}
        data-taking={props.taking}
        draggable="true"
        title={props.row.ignored ? `${props.row.path} (ignored by Git: not part of a save)` : props.row.path}
        onClick={() => props.onOpen(false)}
        onDblClick={() => !isFolder() && props.onOpen(true)}
      >
        <span class={styles['guides']} style={{ width: `${(props.row.level - 1) * INDENT}px` }} />
        <span class={styles['chevron']}>
          <Show when={isFolder()}>
            <IconChevronRight size={13} aria-hidden="true" />
          </Show>
        </span>
        <Show when={isFolder()} fallback={<FileIcon name={props.row.name} />}>
          <FolderIcon open={props.row.expanded} />
        </Show>
        <span class={styles['name']}>{props.row.name}</span>
        <Show when={props.row.kind === 'symlink'}>
          <span class={styles['link']} aria-label="symbolic link">
            ↗
          </span>
        </Show>
      </div>
    </Show>
  )
}
