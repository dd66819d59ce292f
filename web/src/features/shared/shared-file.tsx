import {
  createEffect,
  createSignal,
  lazy,
  Match,
  on,
  onCleanup,
  Show,
  Suspense,
  Switch,
  type JSX,
} from 'solid-js'
import { messageOf } from '../../kernel/errors.ts'
import { baseName } from '../../kernel/paths.ts'
import type { Theme } from '../../kernel/theme.ts'
import { buttonClass } from '../../ui/button.tsx'
import { ImageView } from '../viewer/image-view.tsx'
import type { SharedModel } from './model.ts'
import styles from './shared-page.module.css'

const SharedText = lazy(async () => ({ default: (await import('./shared-text.tsx')).SharedText }))

/** What the platform hands out as an image. */
const IMAGE = /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i

interface SharedFileProps {
  path: string
  model: SharedModel
  theme: Theme
}

/** One file, to be read: text in the editor, an image as such, everything else to be downloaded. */
export function SharedFile(props: SharedFileProps): JSX.Element {
  const { api, point, turn, watch } = props.model
  const [text, setText] = createSignal<string | null>(null)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [facts, setFacts] = createSignal('')
  const isImage = () => IMAGE.test(props.path)
  let loading = new AbortController()
  onCleanup(() => loading.abort())

  const load = () => {
    loading.abort()
    const { signal } = (loading = new AbortController())
    setProblem(null)
    if (isImage()) return
    watch(api.text(props.path, point(), signal)).then(
      ({ content, problem: why }) => {
        if (signal.aborted) return
        setText(content)
        setProblem(content === null ? (why ?? 'There is no such file in this save.') : null)
      },
      (error: unknown) => !signal.aborted && setProblem(messageOf(error)),
    )
  }
  createEffect(on(turn, load))

  return (
    <section class={styles['file']} aria-label={props.path} data-testid="shared-file" data-path={props.path}>
      <header class={styles['bar']}>
        <span class={styles['path']}>{props.path}</span>
        <span class={styles['size']}>{facts()}</span>
        <a
          class={buttonClass('quiet', 'sm')}
          href={api.rawUrl(props.path, point())}
          download={baseName(props.path)}
        >
          Download
        </a>
      </header>
      <div class={styles['stage']}>
        <Switch>
          <Match when={problem()}>
            {(message) => (
              <p class={styles['hint']} role="alert">
                {message()}
              </p>
            )}
          </Match>
          <Match when={isImage()}>
            <Show when={api.rawUrl(props.path, point())} keyed>
              {(url) => (
                <ImageView
                  url={url}
                  name={baseName(props.path)}
                  onFacts={setFacts}
                  onError={() =>
                    setProblem('The browser cannot show it: the file may be damaged, or not in this save.')
                  }
                />
              )}
            </Show>
          </Match>
          <Match when={text() !== null}>
            <Suspense>
              <SharedText path={props.path} text={text() ?? ''} theme={props.theme} />
            </Suspense>
          </Match>
        </Switch>
      </div>
    </section>
  )
}
