import { createEffect, createSignal, on, onCleanup, onMount, Show, type JSX } from 'solid-js'
import type { Diff } from '../../kernel/diffs.ts'
import type { DiffSide, DiffView } from '../../kernel/editor-engine.ts'
import { messageOf } from '../../kernel/errors.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconArrowRight, IconColumns, IconDown, IconUp } from '../../ui/icons.ts'
import styles from './diff-pane.module.css'

interface Loaded {
  path: string
  original: DiffSide | null
  modified: DiffSide | null
}

/** The diff that is shown: what is compared, and Monaco's diff editor below it. */
export function DiffPane(props: { diff: Diff }): JSX.Element {
  const session = useSession()
  const [view, setView] = createSignal<DiffView | null>(null)
  const [loaded, setLoaded] = createSignal<Loaded | null>(null)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(true)
  const [inline, setInline] = createSignal(false)
  let host: HTMLDivElement | undefined
  let isGone = false
  let loading = new AbortController()

  onMount(() => {
    session.loadEngine().then(
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
    Promise.all([loadText(diff.original.load, signal), loadModified(diff, signal)])
      .then(
        ([original, modified]) => {
          if (signal.aborted) return
          setProblem(original || modified ? null : `${diff.path} is in neither of the two.`)
          setLoaded({ path: diff.path, original, modified })
        },
        (error: unknown) => {
          if (!signal.aborted) setProblem(messageOf(error))
        },
      )
      .finally(() => !signal.aborted && setBusy(false))
  }
  const loadModified = async (diff: Diff, signal: AbortSignal): Promise<DiffSide | null> => {
    if ('load' in diff.modified) return loadText(diff.modified.load, signal)
    await session.documents.open(diff.path)
    const buffer = session.documents.buffer(diff.path)
    if (buffer) return { buffer }
    const state = session.documents.views[diff.path]
    if (state?.phase === 'failed' && state.code === 'not_found') return null
    throw new Error(state?.phase === 'failed' ? state.message : 'The file could not be opened.')
  }

  createEffect(on(() => props.diff, load))
  createEffect(() => {
    const texts = loaded()
    if (texts) view()?.show(texts.path, texts.original ?? { text: '' }, texts.modified ?? { text: '' })
  })
  createEffect(() => view()?.setInline(inline()))

  return (
    <div class={styles['pane']} data-testid="diff" data-path={props.diff.path} data-busy={busy()}>
      <header class={styles['header']}>
        <p class={styles['labels']}>
          <span data-side="original">
            {props.diff.original.label}
            <Show when={loaded() && !loaded()?.original}> · not there</Show>
          </span>
          <IconArrowRight size={13} aria-label="compared with" />
          <span data-side="modified">
            {props.diff.modified.label}
            <Show when={loaded() && !loaded()?.modified}> · not there</Show>
          </span>
        </p>
        <IconButton label="Previous change" onClick={() => view()?.go('previous')}>
          <IconUp size={14} />
        </IconButton>
        <IconButton label="Next change" onClick={() => view()?.go('next')}>
          <IconDown size={14} />
        </IconButton>
        <IconButton label="Side by side" aria-pressed={!inline()} onClick={() => setInline(!inline())}>
          <IconColumns size={14} />
        </IconButton>
      </header>
      <Show when={busy()}>
        <div class={styles['loading']} role="status" aria-label="The comparison is loading" />
      </Show>
      <Show when={problem()}>
        <div class={styles['problem']}>
          <p role="alert">{problem()}</p>
          <Button size="sm" onClick={() => load(props.diff)}>
            Try again
          </Button>
        </div>
      </Show>
      <div ref={(element) => (host = element)} class={styles['host']} hidden={problem() !== null} />
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
