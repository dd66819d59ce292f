import { createEffect, createSignal, lazy, onCleanup, Show, Suspense, type JSX } from 'solid-js'
import type { BufferInfo, CursorInfo } from '../../kernel/editor-engine.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconBranch, IconShieldOff } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { announceStrays } from '../history/stray-toast.ts'
import { announceTemplateUpdate } from '../template-update/announce-update.ts'
import { announceIncoming } from '../source-control/incoming-toast.ts'
import { connectionLabel } from './connection-label.ts'
import { IsolationBadge } from './isolation-badge.tsx'
import { SaveState } from './save-state.tsx'
import styles from './status-bar.module.css'

const IdleState = lazy(async () => ({ default: (await import('../idle/idle-state.tsx')).IdleState }))
const BranchPicker = lazy(async () => ({
  default: (await import('../source-control/branch-picker.tsx')).BranchPicker,
}))

export function StatusBar(): JSX.Element {
  const session = useSession()
  const { tabs, documents, head, commands, setup } = session
  const showSetup = () => {
    const id = setup.status()?.terminalId
    if (!id) return commands.run('workspace.trust')
    session.layout.set({ panel: true, pane: 'terminal' })
    session.terminals.activate(id)
  }
  const [cursor, setCursor] = createSignal<CursorInfo | null>(null)
  const [choosing, setChoosing] = createSignal(false)
  const [info, setInfo] = createSignal<BufferInfo | null>(null)
  const hasText = () => {
    const path = tabs.active()
    return path !== null && documents.views[path]?.phase === 'open'
  }
  const connection = () =>
    connectionLabel(
      session.workspace()?.state,
      session.connection.state(),
      session.readiness.stage(),
      session.terminals.waiting(),
    )

  announceIncoming()
  announceStrays()
  announceTemplateUpdate()
  onCleanup(
    commands.register([
      {
        id: 'git.branch',
        title: 'Git: Switch Branch…',
        when: session.readiness.isReady,
        run: () => setChoosing(true),
      },
    ]),
  )

  let isGone = false
  onCleanup(() => (isGone = true))
  createEffect(() => {
    // The engine is asked for only once there is text; it is loaded by then.
    if (!hasText()) return
    void session.loadEngine().then((engine) => {
      if (isGone) return
      unsubscribe()
      unsubscribe = both(engine.onCursor(setCursor), engine.onBufferInfo(setInfo))
    })
  })
  let unsubscribe = () => {}
  onCleanup(() => unsubscribe())

  return (
    <footer class={styles['bar']} aria-label="Status">
      <span
        class={styles['item']}
        role="status"
        data-testid="connection-status"
        data-state={connection().state}
      >
        <span class={styles['dot']} data-state={connection().state} />
        {connection().label}
      </span>
      <Show when={head()}>
        {(current) => (
          <button
            type="button"
            class={styles['item']}
            data-tip="Branch of your clone; saves never touch it"
            onClick={() => commands.run('git.branch')}
          >
            <IconBranch size={13} aria-hidden="true" />
            {current().branch ?? current().commit?.slice(0, 8) ?? 'no branch'}
          </button>
        )}
      </Show>
      <Show when={head()?.arriving}>
        <span
          class={styles['item']}
          role="status"
          data-testid="history-arriving"
          data-tip="The repository is large: its earlier commits and other branches are on their way. Work as if they were here"
        >
          <Spinner size={12} />
          History is arriving
        </span>
      </Show>
      <Show when={session.readiness.stage()?.stage === 'ready' || session.saveStatus().state === 'unsaved'}>
        <SaveState />
      </Show>
      <Show when={session.workspace()?.trusted === false}>
        <button
          type="button"
          class={`${styles['item']} ${styles['warning']}`}
          data-tip="Opened from an address: it gets none of your variables and secrets until you trust it"
          onClick={() => commands.run(setup.status()?.digest ? 'workspace.trust' : 'workspace.environment')}
        >
          <IconShieldOff size={13} aria-hidden="true" />
          Not trusted
        </button>
      </Show>
      <Show when={session.workspace()?.trusted && setup.status()?.digest && !setup.status()?.trusted}>
        <button
          type="button"
          class={`${styles['item']} ${styles['warning']}`}
          data-tip="Commands or variables of the repository wait until you have looked at them"
          onClick={() => commands.run('workspace.trust')}
        >
          <IconShieldOff size={13} aria-hidden="true" />
          Commands wait
        </button>
      </Show>
      <Show when={setup.status()?.state === 'running' || setup.status()?.state === 'failed'}>
        <button
          type="button"
          class={`${styles['item']} ${setup.status()?.state === 'failed' ? styles['warning'] : ''}`}
          data-testid="setup-state"
          data-tip="Commands of the repository, in a terminal of their own"
          onClick={() => showSetup()}
        >
          {setup.status()?.state === 'failed'
            ? `Setting up failed (${setup.status()?.exitCode})`
            : 'Setting up…'}
        </button>
      </Show>
      <span class={styles['space']} />
      <Show when={hasText()}>
        <Show when={cursor()}>
          {(at) => (
            <button type="button" class={styles['item']} onClick={() => commands.run('editor.gotoLine')}>
              Ln {at().line}, Col {at().column}
              {at().selected > 0 ? ` (${at().selected} selected)` : ''}
            </button>
          )}
        </Show>
        <Show when={info()}>
          {(current) => (
            <>
              <span class={`${styles['item']} ${styles['minor']}`}>{current().indentation}</span>
              <span class={`${styles['item']} ${styles['minor']}`}>{current().language}</span>
            </>
          )}
        </Show>
      </Show>
      <Show when={session.readiness.isReady()}>
        <Suspense>
          <IdleState class={styles['item']} />
        </Suspense>
      </Show>
      <IsolationBadge
        isolation={session.workspace()?.isolation}
        class={styles['item']}
        warning={styles['warning']}
      />
      <Suspense>
        <Show when={choosing()}>
          <BranchPicker onClose={() => setChoosing(false)} />
        </Show>
      </Suspense>
    </footer>
  )
}

function both(first: () => void, second: () => void): () => void {
  return () => {
    first()
    second()
  }
}
