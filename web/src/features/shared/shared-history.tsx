import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js'
import { messageOf } from '../../kernel/errors.ts'
import { relativeTime } from '../../kernel/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import timeline from '../history/timeline.module.css'
import type { SharedEntry, SharedModel } from './model.ts'
import styles from './shared-page.module.css'

/** Saves and commits that led to the newest save; choosing one shows the files as they were in it. */
export function SharedHistoryList(props: { model: SharedModel; onChosen: () => void }): JSX.Element {
  const { about, api, entry, setEntry, watch } = props.model
  const [entries, setEntries] = createSignal<SharedEntry[]>([])
  const [next, setNext] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 10_000)
  onCleanup(() => clearInterval(timer))

  const more = async (cursor?: string) => {
    setBusy(true)
    setProblem(null)
    try {
      const page = await watch(api.history(cursor))
      setEntries((known) => (cursor === undefined ? page.entries : [...known, ...page.entries]))
      setNext(page.next)
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  void more()
  const choose = (chosen: SharedEntry) => {
    setEntry(chosen.id === about()?.commit ? null : chosen)
    props.onChosen()
  }
  const isShown = ({ id }: SharedEntry) => id === (entry()?.id ?? about()?.commit)

  return (
    <div class={styles['history']} aria-busy={busy()}>
      <ul aria-label="History">
        <For each={entries()}>
          {(each) => (
            <li data-testid="shared-entry" data-kind={each.kind}>
              <div class={timeline['row']} data-kind={each.kind} data-shown={isShown(each)}>
                <button type="button" class={timeline['main']} onClick={() => choose(each)}>
                  <span class={timeline['sign']} aria-hidden="true" />
                  <span class={timeline['text']}>
                    <span class={timeline['message']}>{each.message}</span>
                    <span class={timeline['meta']}>
                      {relativeTime(Date.parse(each.at), now())} · {each.files}
                      {each.more ? '+' : ''} {each.files === 1 && !each.more ? 'file' : 'files'} ·{' '}
                      {each.author}
                    </span>
                  </span>
                </button>
              </div>
            </li>
          )}
        </For>
      </ul>
      <div class={timeline['end']}>
        <Show when={problem()}>{(message) => <p role="alert">{message()}</p>}</Show>
        <Show when={next() ?? (problem() !== null && entries().length === 0)}>
          <Button size="sm" busy={busy()} onClick={() => void more(next() ?? undefined)}>
            {problem() ? 'Try again' : 'Show older ones'}
          </Button>
        </Show>
      </div>
    </div>
  )
}
