import {
  createEffect,
  createMemo,
  createSignal,
  lazy,
  Match,
  on,
  onCleanup,
  onMount,
  Show,
  Suspense,
  Switch,
  type JSX,
} from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import type { DiffSide, EditorEngine } from '../../kernel/editor-engine.ts'
import { whenIdle } from '../../kernel/when-idle.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import styles from './editor-area.module.css'
import { FileProblem } from './file-problem.tsx'
import { TabBar } from './tab-bar.tsx'
import { Welcome } from './welcome.tsx'

const StartScreen = lazy(async () => ({ default: (await import('../start/start-screen.tsx')).StartScreen }))
const ConflictBar = lazy(async () => ({ default: (await import('./conflict-bar.tsx')).ConflictBar }))
const FileViewer = lazy(async () => ({ default: (await import('../viewer/file-viewer.tsx')).FileViewer }))
const DiffPane = lazy(async () => ({ default: (await import('./diff-pane.tsx')).DiffPane }))

/** The middle of the page: tabs and the text below them, or what stands there while there is none. */
export function EditorArea(): JSX.Element {
  const { theme } = useApp()
  const session = useSession()
  const { diffs, documents, tabs, readiness } = session
  const [engine, setEngine] = createSignal<EditorEngine | null>(null)
  let host: HTMLDivElement | undefined

  const view = () => {
    const path = tabs.active()
    return path === null ? undefined : documents.views[path]
  }
  const isOpen = () => view()?.phase === 'open'
  const needsNotice = () => {
    const current = view()
    if (current?.phase !== 'open') return false
    return current.deleted || current.large !== null || ['conflict', 'refused'].includes(current.status)
  }
  const viewer = () => {
    const current = view()
    return current?.phase === 'viewer' ? current.viewer : null
  }
  const problem = () => {
    const current = view()
    return current?.phase === 'failed' ? current : null
  }
  const isHalted = () => {
    const state = session.workspace()?.state
    return state !== undefined && state !== 'running' && state !== 'starting'
  }
  // A runner that only comes back after a crash leaves the text in sight: typing may go on.
  const isCovered = createMemo((before: boolean) => !readiness.isReady() && (before || isHalted()), true)
  const liveText = async (path: string): Promise<DiffSide | null> => {
    await documents.open(path)
    const buffer = documents.buffer(path)
    if (buffer) return { buffer }
    const state = documents.views[path]
    if (state?.phase === 'failed' && state.code === 'not_found') return null
    throw new Error(state?.phase === 'failed' ? state.message : 'The file could not be opened.')
  }
  let isGone = false
  const releases: (() => void)[] = []
  onCleanup(() => {
    isGone = true
    releases.forEach((release) => release())
  })
  const attach = (loaded: EditorEngine) => {
    if (isGone || !host) return
    releases.push(
      loaded.attach(host),
      loaded.onBlur(() => {
        const path = tabs.active()
        if (path !== null) void documents.save(path)
      }),
    )
    setEngine(loaded)
  }
  // Monaco waits until the browser is idle, unless a file is wanted before. A failed download shows with that file.
  onMount(() => releases.push(whenIdle(() => void session.loadEngine().then(attach, () => {}))))
  createEffect(() => {
    const path = tabs.active()
    engine()?.show(path !== null && isOpen() ? documents.buffer(path) : null)
  })
  createEffect(on(theme.mode, (mode) => engine()?.applyTheme(mode), { defer: true }))

  return (
    <section class={styles['area']} aria-label="Editor">
      <TabBar />
      <Suspense>
        <Show when={diffs.active() === null && needsNotice()}>
          <ConflictBar />
        </Show>
      </Suspense>
      <div
        class={styles['body']}
        id="editor-panel"
        role="tabpanel"
        aria-label={diffs.active()?.title ?? tabs.active() ?? 'No file is open'}
      >
        <div
          ref={(element) => (host = element)}
          class={styles['host']}
          hidden={!isOpen()}
          data-testid="editor"
          data-path={tabs.active()}
        />
        <Switch>
          <Match when={isCovered()}>
            <Suspense>
              <StartScreen />
            </Suspense>
          </Match>
          <Match when={problem()}>
            {(failed) => (
              <FileProblem path={tabs.active() ?? ''} message={failed().message} code={failed().code} />
            )}
          </Match>
          <Match when={tabs.active() === null}>
            <Welcome />
          </Match>
          <Match when={view()?.phase === 'loading'}>
            <div class={styles['loading']} role="status" aria-label="The file is loading" />
          </Match>
        </Switch>
        <Suspense>
          <Show when={!isCovered() && viewer()}>
            {(kind) => <FileViewer path={tabs.active() ?? ''} viewer={kind()} />}
          </Show>
          <Show when={diffs.active()}>
            {(diff) => <DiffPane diff={diff()} loadEngine={session.loadEngine} live={liveText} />}
          </Show>
        </Suspense>
      </div>
    </section>
  )
}
