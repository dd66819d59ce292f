import { createEffect, onCleanup, Show, type JSX } from 'solid-js'
import { formatBytes } from '../../kernel/bytes.ts'
import { baseName } from '../../kernel/paths.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconClose } from '../../ui/icons.ts'
import styles from './upload-status.module.css'
import type { Uploads } from './uploads.ts'

/** How far an upload is, at the foot of the explorer, and the question about files that are there already. */
export function UploadStatus(props: { uploads: Uploads }): JSX.Element {
  // Leaving the page would break it off.
  createEffect(() => {
    if (!props.uploads.progress()) return
    const onBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', onBeforeUnload)
    onCleanup(() => window.removeEventListener('beforeunload', onBeforeUnload))
  })
  const question = (count: number, first: string) =>
    count === 1 ? `${baseName(first)} is there already` : `${count} files are there already`
  return (
    <>
      <Show when={!props.uploads.taken() && props.uploads.progress()}>
        {(state) => (
          <div class={styles['box']} role="status" data-testid="upload-status">
            <span class={styles['text']}>
              Uploading {Math.min(state().done + 1, state().files)} of {state().files}
              <span class={styles['bytes']}>
                {formatBytes(state().sent)} of {formatBytes(state().bytes)}
              </span>
            </span>
            <IconButton label="Cancel the upload" onClick={() => props.uploads.cancel()}>
              <IconClose size={14} />
            </IconButton>
            <progress
              class={styles['bar']}
              aria-label="Upload"
              value={state().sent}
              max={Math.max(1, state().bytes)}
            />
          </div>
        )}
      </Show>
      <Show when={props.uploads.taken()}>
        {(items) => (
          <ConfirmDialog
            open
            title={question(items().length, items()[0]?.path ?? '')}
            description="They can be replaced by what you upload; the last save still has what is there now."
            action="Replace"
            onConfirm={() => props.uploads.answer('replace')}
            onClose={() => props.uploads.answer('keep')}
          />
        )}
      </Show>
    </>
  )
}
