import { useNavigate } from '@solidjs/router'
import { createMemo, createSignal, lazy, onCleanup, onMount, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { bindKeys } from '../../kernel/commands.ts'
import { layoutDefaults } from '../../kernel/layout.ts'
import { whenIdle } from '../../kernel/when-idle.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Sash } from '../../ui/sash.tsx'
import { EditorArea } from '../editor/editor-area.tsx'
import { StatusBar } from '../status/status-bar.tsx'
import { askForTrust } from '../trust/ask-for-trust.ts'
import { ActivityBar } from './activity-bar.tsx'
import styles from './frame.module.css'
import { FrameHeader } from './frame-header.tsx'
import { PaneBar } from './pane-bar.tsx'
import { SideBar } from './side-bar.tsx'
import { createFrameSizes } from './frame-sizes.ts'
import { welcomeFirstVisit } from './first-visit.ts'
import { showAskedTerminal } from './asked-terminal.ts'
import { announcePorts } from './port-notice.ts'
import { registerCommands } from './workspace-commands.ts'

// Asked for at once, beside what the frame itself needs: the prompt should not wait for it.
const terminalPanel = import('../terminal/terminal-panel.tsx')
const TerminalPanel = lazy(async () => ({ default: (await terminalPanel).TerminalPanel }))
const fetchPalette = () => import('../palette/palette.tsx')
const PreviewPane = lazy(async () => ({
  default: (await import('../preview/preview-pane.tsx')).PreviewPane,
}))
const Palette = lazy(async () => ({ default: (await fetchPalette()).Palette }))
const EnvironmentDialog = lazy(async () => ({
  default: (await import('../environment/environment-dialog.tsx')).EnvironmentDialog,
}))
const TrustDialog = lazy(async () => ({
  default: (await import('../trust/trust-dialog.tsx')).TrustDialog,
}))
const TemplateUpdateDialog = lazy(async () => ({
  default: (await import('../template-update/template-update-dialog.tsx')).TemplateUpdateDialog,
}))
const UseAsTemplateDialog = lazy(async () => ({
  default: (await import('../templates/use-as-template-dialog.tsx')).UseAsTemplateDialog,
}))
const CloneDialog = lazy(async () => ({ default: (await import('../clone/clone-dialog.tsx')).CloneDialog }))

/** The parts of the workspace page and where they lie. */
export function Frame(): JSX.Element {
  const session = useSession()
  const { toasts } = useApp()
  const navigate = useNavigate()
  const { layout, commands } = session
  const [palette, setPalette] = createSignal<'' | '>' | null>(null)
  const [cloning, setCloning] = createSignal(false)
  const [templating, setTemplating] = createSignal(false)
  /** What is done once the repository is trusted. */
  const [trusting, setTrusting] = createSignal<{ next: (() => void) | undefined } | null>(null)
  const [variables, setVariables] = createSignal(false)
  const [updating, setUpdating] = createSignal(false)
  let frame: HTMLDivElement | undefined
  const sizes = createFrameSizes(layout)
  /** It stays once it was shown, so that what it shows goes on. */
  const previewed = createMemo(
    (before: boolean) => before || layout.state.preview || layout.state.pane === 'preview',
    false,
  )

  registerCommands({
    openPalette: setPalette,
    openClone: () => setCloning(true),
    openTemplate: () => setTemplating(true),
    openEnvironment: () => setVariables(true),
    openTrust: (next) => setTrusting({ next }),
    openTemplateUpdate: () => setUpdating(true),
  })
  onCleanup(bindKeys(commands, window))
  announcePorts()
  askForTrust(() => setTrusting({ next: undefined }))
  welcomeFirstVisit()
  showAskedTerminal()
  onMount(() => {
    if (frame) sizes.observe(frame)
    // After the editor, so that what is typed right behind the key is not lost.
    onCleanup(
      whenIdle(
        () =>
          void session
            .loadEngine()
            .then(fetchPalette)
            .catch(() => {}),
      ),
    )
  })

  return (
    <div class={styles['frame']} data-pane={layout.state.pane}>
      <FrameHeader />
      <div ref={(element) => (frame = element)} class={styles['body']}>
        <ActivityBar />
        <aside
          class={styles['side']}
          aria-label="Side bar"
          hidden={!layout.state.sideBar}
          style={{ '--size': `${sizes.sideBar()}px` }}
        >
          <SideBar />
        </aside>
        <Show when={layout.state.sideBar}>
          <Sash
            label="Width of the side bar"
            orientation="vertical"
            value={sizes.sideBar()}
            min={160}
            max={sizes.maxSideBar()}
            onChange={(width) => layout.set('sideBarWidth', width)}
            onReset={() => layout.set('sideBarWidth', layoutDefaults.sideBarWidth)}
          />
        </Show>
        <main class={styles['main']}>
          <div class={styles['editor']}>
            <EditorArea />
          </div>
          <Show when={layout.state.panel}>
            <Sash
              label="Height of the panel"
              orientation="horizontal"
              reverse
              value={sizes.panel()}
              min={90}
              max={sizes.maxPanel()}
              onChange={(height) => layout.set('panelHeight', height)}
              onReset={() => layout.set('panelHeight', layoutDefaults.panelHeight)}
            />
          </Show>
          <div
            class={styles['panel']}
            hidden={!layout.state.panel}
            style={{ '--size': `${sizes.panel()}px` }}
          >
            <Suspense>
              <TerminalPanel />
            </Suspense>
          </div>
        </main>
        <Show when={layout.state.preview}>
          <Sash
            label="Width of the preview"
            orientation="vertical"
            reverse
            value={sizes.preview()}
            min={220}
            max={sizes.maxPreview()}
            onChange={(width) => layout.set('previewWidth', width)}
            onReset={() => layout.set('previewWidth', layoutDefaults.previewWidth)}
          />
        </Show>
        <div
          class={styles['preview']}
          hidden={!layout.state.preview}
          style={{ '--size': `${sizes.preview()}px` }}
        >
          <Suspense>
            <Show when={previewed()}>
              <PreviewPane />
            </Show>
          </Suspense>
        </div>
      </div>
      <StatusBar />
      <PaneBar />
      <Suspense>
        <Show when={palette() !== null}>
          <Palette initial={palette() ?? ''} onClose={() => setPalette(null)} />
        </Show>
        <Show when={trusting()}>
          {(asked) => <TrustDialog next={asked().next} onClose={() => setTrusting(null)} />}
        </Show>
        <Show when={templating()}>
          <UseAsTemplateDialog
            workspace={{ id: session.id, name: session.workspace()?.name ?? session.id }}
            onClose={() => setTemplating(false)}
            onCreated={(template) => {
              setTemplating(false)
              toasts.show({
                tone: 'info',
                title: `${template.title} is a template now`,
                detail: 'It is under “My templates”.',
                action: { label: 'Show it', run: () => navigate('/?templates=mine') },
              })
            }}
          />
        </Show>
        <Show when={cloning()}>
          <CloneDialog onClose={() => setCloning(false)} />
        </Show>
        <Show when={updating()}>
          <TemplateUpdateDialog onClose={() => setUpdating(false)} />
        </Show>
        <Show when={variables()}>
          <EnvironmentDialog workspace={session.id} onClose={() => setVariables(false)} />
        </Show>
      </Suspense>
    </div>
  )
}
