import { createEffect, createSignal, Match, on, onCleanup, Show, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { formatBytes } from '../../kernel/bytes.ts'
import { messageOf } from '../../kernel/errors.ts'
import { baseName } from '../../kernel/paths.ts'
import type { Viewer } from '../../kernel/viewers.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import styles from './file-viewer.module.css'
import { ImageView } from './image-view.tsx'

interface Source {
  url: string
  size: number
}

/** A file that is not text, straight from the runner's host, in an element that runs nothing of it. */
export function FileViewer(props: { path: string; viewer: Viewer }): JSX.Element {
  const { toasts } = useApp()
  const { connection, documents, links, readiness } = useSession()
  const [source, setSource] = createSignal<Source | null>(null)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [facts, setFacts] = createSignal('')
  let turn = 0
  let isRetried = false

  const load = () => {
    const mine = ++turn
    links.open(props.path, 'view').then(
      (link) => {
        if (mine !== turn) return
        setProblem(null)
        setSource(link)
      },
      (error: unknown) => mine === turn && setProblem(messageOf(error)),
    )
  }
  const shown = (about: string) => {
    isRetried = false
    setFacts(about)
  }
  // A link is good for an hour, and as long as its runner lives: once more, before it is called broken.
  const failed = () => {
    if (isRetried) setProblem('The browser cannot show it: the file may be damaged.')
    else load()
    isRetried = true
  }
  createEffect(
    on(
      () => props.path,
      () => {
        setSource(null)
        setFacts('')
        load()
      },
    ),
  )
  onCleanup(
    connection.on('files.changed', (changes) => {
      if (changes.some((change) => change.path === props.path)) load()
    }),
  )
  onCleanup(readiness.onReady(() => (problem() || !source()) && load()))
  onCleanup(() => turn++)

  const download = () => void links.download(props.path).catch(toasts.failed('It was not downloaded'))
  const isText = () => props.path.toLowerCase().endsWith('.svg')

  return (
    <section class={styles['viewer']} aria-label={baseName(props.path)} data-testid="viewer">
      <div class={styles['stage']}>
        <Show when={problem()}>
          {(message) => (
            <p class={styles['problem']} role="alert">
              {message()}
            </p>
          )}
        </Show>
        <Show when={!problem() && source()}>
          {(at) => (
            <Switch>
              <Match when={props.viewer === 'image'}>
                <ImageView url={at().url} name={baseName(props.path)} onFacts={shown} onError={failed} />
              </Match>
              <Match when={props.viewer === 'pdf'}>
                <iframe class={styles['page']} src={at().url} title={baseName(props.path)} />
              </Match>
              <Match when={props.viewer === 'audio'}>
                <audio
                  class={styles['audio']}
                  src={at().url}
                  controls
                  preload="metadata"
                  aria-label={baseName(props.path)}
                  onLoadedMetadata={(event) => shown(formatSeconds(event.currentTarget.duration))}
                  onError={failed}
                />
              </Match>
              <Match when={props.viewer === 'video'}>
                <video
                  class={styles['video']}
                  src={at().url}
                  controls
                  preload="metadata"
                  aria-label={baseName(props.path)}
                  onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight, duration } }) =>
                    shown(`${videoWidth} × ${videoHeight}, ${formatSeconds(duration)}`)
                  }
                  onError={failed}
                />
              </Match>
            </Switch>
          )}
        </Show>
      </div>
      <footer class={styles['bar']}>
        <span class={styles['facts']}>
          {[facts(), source() && formatBytes(source()?.size ?? 0)].filter(Boolean).join(' · ')}
        </span>
        <Show when={isText()}>
          <Button size="sm" onClick={() => void documents.reopen(props.path)}>
            Edit as text
          </Button>
        </Show>
        <Button size="sm" onClick={download}>
          Download
        </Button>
      </footer>
    </section>
  )
}

function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return ''
  const whole = Math.round(seconds)
  const rest = String(whole % 60).padStart(2, '0')
  return `${Math.floor(whole / 60)}:${rest}`
}
