import { createSignal, onCleanup, Show, type JSX } from 'solid-js'
import { relativeTime } from '../../kernel/relative-time.ts'
import type { Theme } from '../../kernel/theme.ts'
import type { Toasts } from '../../kernel/toasts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { IconDownload, IconGit } from '../../ui/icons.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ThemeToggle } from '../../ui/theme-toggle.tsx'
import { Mark } from '../../ui/wordmark.tsx'
import type { SharedModel } from './model.ts'
import styles from './shared-page.module.css'

const TICK_MILLISECONDS = 10_000

interface SharedHeaderProps {
  model: SharedModel
  theme: Theme
  toasts: Toasts
}

/** Whose it is, of when, and what can be done with it. */
export function SharedHeader(props: SharedHeaderProps): JSX.Element {
  const [now, setNow] = createSignal(Date.now())
  const [busy, setBusy] = createSignal(false)
  const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS)
  onCleanup(() => clearInterval(timer))
  const { about, api, entry, point, setEntry, watch } = props.model
  const savedAt = () => entry()?.at ?? about()?.savedAt ?? ''
  const fork = () => {
    setBusy(true)
    watch(api.fork(point())).then(
      ({ id }) => location.assign(`/w/${id}`),
      (error: unknown) => {
        setBusy(false)
        props.toasts.failed('It could not be forked')(error)
      },
    )
  }
  return (
    <header class={styles['header']}>
      <span class={styles['mark']}>
        <Mark size={20} />
      </span>
      <Show when={about()} fallback={<Skeleton width="160px" height="14px" />}>
        {(shown) => (
          <>
            <h1 class={styles['name']}>{shown().name}</h1>
            <p class={styles['facts']}>
              <span class={styles['badge']}>Read only</span>
              <span>
                by {shown().owner} · {entry() ? 'an older save, ' : 'saved '}
                <time dateTime={savedAt()} title={new Date(savedAt()).toLocaleString()}>
                  {relativeTime(Date.parse(savedAt()), now())}
                </time>
              </span>
              <Show when={entry()}>
                <Button size="sm" tone="quiet" onClick={() => setEntry(null)}>
                  Show the newest
                </Button>
              </Show>
            </p>
            <span class={styles['space']} />
            <a
              class={`${buttonClass('plain', 'sm')} ${styles['download']}`}
              href={api.archiveUrl(point())}
              download=""
            >
              <IconDownload size={13} /> Download
            </a>
            <Show when={shown().viewer}>
              <Button size="sm" tone="solid" busy={busy()} onClick={fork}>
                <IconGit size={13} /> Fork
              </Button>
            </Show>
          </>
        )}
      </Show>
      <span class={styles['theme']}>
        <ThemeToggle theme={props.theme} />
      </span>
    </header>
  )
}
