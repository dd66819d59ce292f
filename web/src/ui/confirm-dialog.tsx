import type { JSX } from 'solid-js'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'

interface ConfirmDialogProps {
  open: boolean
  title: string
  /** What will happen, and what can be brought back. */
  description: JSX.Element
  action: string
  /** `solid` for what can be taken back. */
  tone?: 'danger' | 'solid'
  busy?: boolean
  onConfirm: () => void
  onClose: () => void
}

export function ConfirmDialog(props: ConfirmDialogProps): JSX.Element {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={props.title}
      description={props.description}
      width={420}
    >
      <DialogActions>
        <Button data-autofocus onClick={() => props.onClose()}>
          Cancel
        </Button>
        <Button tone={props.tone ?? 'danger'} busy={props.busy ?? false} onClick={() => props.onConfirm()}>
          {props.action}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
