import type { ReadLink } from '@codenest/platform/protocol'
import type { JSX } from 'solid-js'
import { relativeTime } from '../../kernel/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import styles from './share-dialog.module.css'

interface ReadLinkRowProps {
  link: ReadLink
  /** Milliseconds since the epoch. */
  now: number
  busy: boolean
  onRevoke: () => void
}

/** One link: its address, what it shows and until when, and its end. */
export function ReadLinkRow(props: ReadLinkRowProps): JSX.Element {
  return (
    <li>
      <div class={styles['link']}>
        <input
          class={styles['url']}
          aria-label="Address of the link"
          readonly
          value={props.link.url}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton label="Copy the link" text={() => props.link.url} />
        <Button size="sm" tone="quiet" disabled={props.busy} onClick={() => props.onRevoke()}>
          Revoke
        </Button>
      </div>
      <p>
        {props.link.history ? 'Files and history' : 'Files'} · made{' '}
        {relativeTime(Date.parse(props.link.createdAt), props.now)} · expires{' '}
        <time dateTime={props.link.expiresAt}>
          {relativeTime(Date.parse(props.link.expiresAt), props.now)}
        </time>
      </p>
    </li>
  )
}
