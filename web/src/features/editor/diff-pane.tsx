import { createEffect, createSignal, on, onCleanup, onMount, Show, type JSX } from 'solid-js'
import type { Diff } from '../../kernel/diffs.ts'
import type { DiffSide, DiffView, EditorEngine } from '../../kernel/editor-engine.ts'
import { messageOf, NotShownError } from '../../kernel/errors.ts'
import { Button } from '../../ui/button.tsx'
import { DiffHeader } from './diff-header.tsx'
import styles from './diff-pane.module.css'
import { DiffSliderBar } from './diff-slider-bar.tsx'

interface Loaded {
  path: string
  original: DiffSide | null
  modified: DiffSide | null
}

interface DiffPaneProps {
  diff: Diff
  loadEngine: () => Promise<EditorEngine>
  /** The document at a path as it is edited now; null when it is not there. */
  live: (path: string) => Promise<DiffSide | null>
}

/** The diff that is shown: what is compared, and Monaco's diff editor below it. */
export function DiffPane(props: DiffPaneProps): JSX.Element {
  const [view, setView] = createSignal<DiffView | null>(null)
  const [loaded, setLoaded] = createSignal<Loaded | null>(null)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [isFinal, setIsFinal] = createSignal(false)
  const [busy, setBusy] = createSignal(true)
  const [inline, setInline] = createSignal(false)
  let host: HTMLDivElement | undefined
  let isGone = false
  let loading = new AbortController()

  onMount(() => {
    props.loadEngine().then(
      (engine) => !isGone && host && setView(engine.createDiff(host)),
      (error: unknown) => setProblem(messageOf(error)),
    )
  })
  onCleanup(() => {
    isGone = true
    loading.abort()
    view()?.dispose()
  })

  /** Of overlapping loads the last one asked for is shown; until then the one before stays. */
  const load = (diff: Diff) => {
    loading.abort()
    const { signal } = (loading = new AbortController())
    setBusy(true)
    const { original, modified } = diff
    Promise.all([
      loadText(original.load, signal),
      'load' in modified ? loadText(modified.load, signal) : props.live(diff.path),
    ])
      .then(
        ([left, right]) => {
          if (signal.aborted) return
          setProblem(left || right ? null : `${diff.path} is in neither of the two.`)
          setIsFinal(true)
          setLoaded({ path: diff.path, original: left, modified: right })
        },
        (error: unknown) => {
          if (signal.aborted) return
          setProblem(messageOf(error))
          setIsFinal(error instanceof NotShownError)
        },
      )
      .finally(() => !signal.aborted && setBusy(false))
  }

  createEffect(on(() => props.diff, load))
  createEffect(() => {
    const texts = loaded()
    if (texts) view()?.show(texts.path, texts.original ?? { text: '' }, texts.modified ?? { text: '' })
  })
  createEffect(() => view()?.setInline(inline()))

  return (
    <div class={styles['pane']} data-testid="diff" data-path={props.diff.path} data-busy={busy()}>
      <DiffHeader
        diff={props.diff}
        missing={{ original: loaded()?.original === null, modified: loaded()?.modified === null }}
        inline={inline()}
        onInline={setInline}
        onGo={(where) => view()?.go(where)}
      />
      <Show when={props.diff.slider}>{(slider) => <DiffSliderBar slider={slider()} />}</Show>
      <div class={styles['body']}>
        <Show when={busy()}>
          <div class={styles['loading']} role="status" aria-label="The comparison is loading" />
        </Show>
        <Show when={problem()}>
          <div class={styles['problem']}>
            <p role="alert">{problem()}</p>
            <Show when={!isFinal()}>
              <Button size="sm" onClick={() => load(props.diff)}>
                Try again
              </Button>
            </Show>
          </div>
        </Show>
        <div ref={(element) => (host = element)} class={styles['host']} hidden={problem() !== null} />
      </div>
    </div>
  )
}

async function loadText(
  load: (signal: AbortSignal) => Promise<string | null>,
  signal: AbortSignal,
): Promise<DiffSide | null> {
  const text = await load(signal)
  return text === null ? null : { text }
}
