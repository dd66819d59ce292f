import type { ShareLink } from '@codenest/platform/protocol'
import { Show, type JSX } from 'solid-js'
import { relativeTime } from '../../kernel/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import type { Sharing } from './sharing.ts'
import styles from './share-popover.module.css'

const time = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** One link: its address while it is known, until when it is good, and its end. */
export function LinkRow(props: { link: ShareLink; sharing: Sharing }): JSX.Element {
  const expires = () => Date.parse(props.link.expiresAt)
  const address = () => props.sharing.addressOf(props.link.id)
  return (
    <li>
      <div class={styles['link']}>
        <Show when={address()} fallback={<span class={styles['unknown']}>A link that was made before</span>}>
          {(url) => (
            <>
              <input
                class={styles['url']}
                aria-label="Address of the link"
                readonly
                value={url()}
                onFocus={(event) => event.currentTarget.select()}
              />
              <CopyButton label="Copy the link" text={url} />
            </>
          )}
        </Show>
        <Button
          size="sm"
          tone="quiet"
          disabled={props.sharing.busy()}
          onClick={() => void props.sharing.revoke(props.link.id)}
        >
          Revoke
        </Button>
      </div>
      <time dateTime={props.link.expiresAt}>
        Expires {relativeTime(expires(), props.sharing.now())}, {time.format(expires())}
      </time>
    </li>
  )
}
