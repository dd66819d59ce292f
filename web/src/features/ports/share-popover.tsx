import { createSignal, For, Show, type JSX } from 'solid-js'
import type { Visibility } from '../../kernel/port-shares.ts'
import { Button } from '../../ui/button.tsx'
import { IconLink } from '../../ui/icons.ts'
import { Popover } from '../../ui/popover.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { LinkRow } from './link-row.tsx'
import { createSharing } from './sharing.ts'
import styles from './share-popover.module.css'

const VISIBILITIES = [
  { value: 'private', label: 'Private' },
  { value: 'signed-in', label: 'Signed in' },
  { value: 'link', label: 'By link' },
] as const
const MEANINGS: Record<Visibility, string> = {
  private: 'Only you can open it.',
  'signed-in': 'Everybody who is signed in to this CodeNest can open it.',
  link: 'Whoever has one of these links can open it, without signing in.',
}
/** Minutes. */
const LIFETIMES = [
  { value: '60', label: '1 hour' },
  { value: '1440', label: '1 day' },
  { value: '10080', label: '7 days' },
] as const

interface SharePopoverProps {
  anchor: HTMLElement | undefined
  port: number
  onClose: () => void
}

/** Who may see a port: everybody, nobody, or whoever has a link, until when. */
export function SharePopover(props: SharePopoverProps): JSX.Element {
  const sharing = createSharing(props.port)
  /** Links are wanted, though there is none yet. */
  const [wantsLinks, setWantsLinks] = createSignal(false)
  const [minutes, setMinutes] = createSignal<(typeof LIFETIMES)[number]['value']>('60')
  const shown = () => (wantsLinks() ? 'link' : sharing.visibility())
  const choose = (visibility: Visibility) => {
    setWantsLinks(visibility === 'link')
    if (visibility !== 'link' && visibility !== sharing.visibility()) void sharing.showTo(visibility)
  }
  return (
    <Popover
      anchor={props.anchor}
      label={`Who may see port ${props.port}`}
      width={372}
      onClose={props.onClose}
    >
      <div class={styles['share']} aria-busy={sharing.busy()}>
        <section>
          <h2>Who may see port {props.port}?</h2>
          <Segmented label="Visibility" options={VISIBILITIES} value={shown()} onChange={choose} />
          <p>
            {MEANINGS[shown()]}
            <Show when={sharing.links().length === 0 && shown() === 'link'}> There is none yet.</Show>
          </p>
        </section>
        <Show when={shown() === 'link'}>
          <section>
            <div class={styles['make']}>
              <span>A link that is good for</span>
              <Segmented
                label="How long the link is good for"
                options={LIFETIMES}
                value={minutes()}
                onChange={setMinutes}
              />
            </div>
            <Button
              size="sm"
              tone="solid"
              busy={sharing.busy()}
              onClick={() => void sharing.create(Number(minutes()))}
            >
              <IconLink size={13} /> Create link
            </Button>
          </section>
        </Show>
        <Show when={sharing.links().length > 0}>
          <ul class={styles['links']} aria-label="Links">
            <For each={sharing.links().toReversed()}>
              {(link) => <LinkRow link={link} sharing={sharing} />}
            </For>
          </ul>
        </Show>
        <p class={styles['note']}>All ports are private again when the workspace stops.</p>
      </div>
    </Popover>
  )
}
