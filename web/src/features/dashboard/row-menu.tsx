import { useNavigate } from '@solidjs/router'
import type { Workspace } from '@codenest/platform/protocol'
import type { JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { DropdownMenu } from '../../ui/dropdown-menu.tsx'
import { IconMore } from '../../ui/icons.ts'
import { forkWorkspace } from '../sharing/fork-workspace.ts'

interface RowMenuProps {
  label: string
  workspace: Workspace
  onTemplate: () => void
  onShare: () => void
  onDelete: () => void
}

/** What is done with a workspace now and then. */
export function RowMenu(props: RowMenuProps): JSX.Element {
  const app = useApp()
  const navigate = useNavigate()
  return (
    <DropdownMenu
      label={props.label}
      icon={<IconMore size={15} />}
      entries={[
        { label: 'Fork', run: () => void forkWorkspace(app, props.workspace.id, navigate) },
        { label: 'Use as template…', run: () => props.onTemplate() },
        { label: 'Share…', run: () => props.onShare() },
        { label: 'History', run: () => navigate(`/w/${props.workspace.id}/history`) },
        { label: 'Delete…', danger: true, separated: true, run: () => props.onDelete() },
      ]}
    />
  )
}
