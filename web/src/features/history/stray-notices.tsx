import type { SaveSession } from '@codenest/platform/protocol'
import { createSignal, For, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { Button } from '../../ui/button.tsx'
import { useHistory } from './model.ts'
import styles from './notices.module.css'
import { exactTime, shortTime } from './times.ts'

/** Saves of other sessions that this workspace's own line never took in: nothing of them is lost, but nor is it here. */
export function StrayNotices(): JSX.Element {
  const { sessions } = useHistory()
  return (
    <For each={sessions()?.sessions.filter(({ stray }) => stray)}>
      {(session) => <StrayNotice session={session} />}
    </For>
  )
}

function StrayNotice(props: { session: SaveSession }): JSX.Element {
  const { toasts } = useApp()
  const { compare, place, refresh } = useHistory()
  const [busy, setBusy] = createSignal<'merge' | 'mine' | null>(null)
  const times = () => {
    const { saves } = props.session
    if (saves === null) return 'many times'
    return saves === 1 ? 'once' : `${saves} times`
  }
  const act = async (keep: 'merge' | 'mine') => {
    const merge = place.merge()
    if (!merge) return
    setBusy(keep)
    try {
      const { conflicts } = await merge(props.session.tip, keep)
      const marked = conflicts.length > 0
      toasts.show({
        tone: 'info',
        title:
          keep === 'mine'
            ? 'Kept what is here'
            : marked
              ? 'Merged, with conflicts to settle'
              : 'Merged the other saves',
        detail: marked
          ? `Look for conflict markers in ${conflicts.join(', ')}.`
          : 'What was there before stays in the history.',
      })
      refresh()
    } catch (error) {
      toasts.failed('The other saves were not taken in')(error)
    } finally {
      setBusy(null)
    }
  }
  return (
    <div class={styles['notice']} data-tone="warning" role="status" data-testid="stray-session">
      <p>
        <strong>Another session of this workspace saved {times()}</strong>, last at{' '}
        <time datetime={props.session.at} title={exactTime(props.session.at)}>
          {shortTime(props.session.at)}
        </time>
        . It is not in the files here.
      </p>
      <div class={styles['ways']}>
        <Button
          size="sm"
          onClick={() =>
            compare({
              from: { commit: props.session.base, label: 'What both have' },
              to: { commit: props.session.tip, label: 'The other session' },
            })
          }
        >
          Compare
        </Button>
        <Show when={place.merge()} fallback={<p>Start the workspace to merge it.</p>}>
          <Button
            size="sm"
            busy={busy() === 'merge'}
            disabled={busy() !== null}
            onClick={() => void act('merge')}
          >
            Merge
          </Button>
          <Button
            size="sm"
            busy={busy() === 'mine'}
            disabled={busy() !== null}
            onClick={() => void act('mine')}
          >
            Keep mine
          </Button>
        </Show>
      </div>
    </div>
  )
}
