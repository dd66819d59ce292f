import { createSignal, onCleanup, Show, type JSX } from 'solid-js'
import { relativeTime } from '../../kernel/relative-time.ts'
import { notKept } from '../../kernel/save-status.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import styles from './saves.module.css'

const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })

const TITLES = {
  saved: 'Everything is saved',
  saving: 'Saving…',
  failing: 'Not yet durable',
  unsaved: 'There are unsaved changes',
} as const

const MEANINGS = {
  saved:
    'All that saves hold is a commit in the remote, and outlives this page, the workspace and its machine.',
  saving: 'It is on the workspace’s disk already and on its way to the remote.',
  failing:
    'Nothing is lost: it waits on the workspace’s disk. Until the remote has it, keep the workspace running.',
  unsaved: 'They are in this page only. It saves a second after the last key; keep it open until then.',
} as const

/** The state, and since when. */
export function SaveSummary(): JSX.Element {
  const { saves, saveStatus, readiness } = useSession()
  const [now, setNow] = createSignal(Date.now())
  const clock = setInterval(() => setNow(Date.now()), 10_000)
  onCleanup(() => clearInterval(clock))
  const state = () => saveStatus().state
  const left = () => notKept(saves()).files.length
  const title = () =>
    state() === 'saved' && left() > 0
      ? `Saved, but for ${left()} ${left() === 1 ? 'file' : 'files'}`
      : TITLES[state()]
  return (
    <header class={styles['summary']} data-state={state()}>
      <h2>{title()}</h2>
      <p>
        <Show
          when={readiness.isReady() || state() !== 'unsaved'}
          fallback="They are in this page only, and are saved as soon as the workspace answers again. Keep it open."
        >
          {MEANINGS[state()]}
        </Show>
      </p>
      <Show when={state() === 'failing' && saves()?.problem}>
        {(problem) => <p role="alert">{problem()}</p>}
      </Show>
      <Show
        when={saves()?.durableAt}
        fallback={<p class={styles['fine']}>Nothing has changed since the workspace was opened.</p>}
      >
        {(at) => (
          <p class={styles['fine']}>
            Last durable{' '}
            <time datetime={new Date(at()).toISOString()} title={exact.format(at())}>
              {relativeTime(at(), now())}, at {exact.format(at())}
            </time>
            <Show when={saves()?.commit}>
              {(commit) => (
                <>
                  {' '}
                  as <code title={commit()}>{commit().slice(0, 10)}</code>
                </>
              )}
            </Show>
          </p>
        )}
      </Show>
    </header>
  )
}
