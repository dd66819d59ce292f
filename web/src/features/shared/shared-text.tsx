import { createEffect, createSignal, on, onCleanup, onMount, Show, type JSX } from 'solid-js'
import type { EditorEngine } from '../../kernel/editor-engine.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Theme } from '../../kernel/theme.ts'
import { createEngineSlot } from '../editor/load-engine.ts'
import styles from './shared-page.module.css'

/** Text in the editor, where nothing can be changed. */
export function SharedText(props: { path: string; text: string; theme: Theme }): JSX.Element {
  const slot = createEngineSlot(props.theme.mode)
  const [engine, setEngine] = createSignal<EditorEngine | null>(null)
  const [problem, setProblem] = createSignal<string | null>(null)
  let host: HTMLDivElement | undefined
  let release = () => {}
  onMount(() => {
    slot.load().then(
      (loaded) => {
        if (!host) return
        release = loaded.attach(host)
        setEngine(loaded)
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  })
  onCleanup(() => {
    release()
    slot.dispose()
  })
  createEffect(() => {
    const loaded = engine()
    if (!loaded) return
    const buffer = loaded.createBuffer(props.path, props.text, false, () => {})
    loaded.show(buffer)
    onCleanup(() => buffer.dispose())
  })
  createEffect(on(props.theme.mode, (mode) => engine()?.applyTheme(mode), { defer: true }))

  return (
    <>
      {/* Until the editor is there, the text is. */}
      <Show when={!engine()}>
        <pre class={styles['plain']}>{props.text.slice(0, 20_000)}</pre>
      </Show>
      <Show when={problem()}>
        <p class={styles['hint']} role="alert">
          The editor could not be loaded, so the text is shown without colours. {problem()}
        </p>
      </Show>
      <div ref={(element) => (host = element)} class={styles['host']} hidden={!engine()} />
    </>
  )
}
