import type { SetupStatus } from '@codenest/runner/protocol'
import { createSignal, For, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { IconAlert } from '../../ui/icons.ts'
import { describeImage } from './describe-image.ts'
import styles from './trust-dialog.module.css'

const WHEN = { create: 'Once on each disk', start: 'At each start' }

/** Exactly what a repository would run and set, before anything of it has happened. */
export function TrustDialog(props: {
  /** What its owner wanted to do when they were asked. */
  next: (() => void) | undefined
  onClose: () => void
}): JSX.Element {
  const { toasts } = useApp()
  const { setup, terminals, layout } = useSession()
  const [busy, setBusy] = createSignal(false)

  const decide = async (act: () => Promise<void>, next?: () => void) => {
    setBusy(true)
    try {
      await act()
      // What comes next is a property: it is gone with the dialog.
      next?.()
      props.onClose()
    } catch (error) {
      toasts.failed('It was not decided')(error)
    } finally {
      setBusy(false)
    }
  }
  const shown = () => {
    const id = setup.status()?.terminalId
    if (id) {
      layout.set({ panel: true, pane: 'terminal' })
      terminals.activate(id)
    }
    props.next?.()
  }
  const isOpen = () => setup.status()?.trusted === true || setup.status()?.digest === null

  return (
    <Dialog
      open
      onClose={() => props.onClose()}
      width={620}
      title={isOpen() ? 'What this repository brings' : 'Trust this repository?'}
      description={
        isOpen()
          ? 'You trust it with this. When its files ask for something else you are asked again.'
          : 'It brings commands or variables of its own. Nothing of it has run. If you trust it, this happens, and its programs may read your variables and secrets.'
      }
    >
      <Show when={setup.status()}>{(status) => <Contents status={status()} />}</Show>
      <DialogActions>
        <Show
          when={!isOpen()}
          fallback={
            <>
              <Show when={setup.status()?.settings.steps.length}>
                <Button busy={busy()} onClick={() => void decide(setup.again, shown)}>
                  Set up again
                </Button>
              </Show>
              <Button tone="solid" data-autofocus onClick={() => props.onClose()}>
                Close
              </Button>
            </>
          }
        >
          <Button busy={busy()} data-autofocus onClick={() => void decide(setup.putOff)}>
            Not now
          </Button>
          <Button tone="solid" busy={busy()} onClick={() => void decide(setup.allow, shown)}>
            Trust and run
          </Button>
        </Show>
      </DialogActions>
    </Dialog>
  )
}

function Contents(props: { status: SetupStatus }): JSX.Element {
  const { workspace } = useSession()
  const settings = () => props.status.settings
  return (
    <div class={styles['contents']} data-testid="repository-settings">
      <For each={settings().problems}>
        {({ file, line, message }) => (
          <p class={styles['problem']}>
            <IconAlert size={14} aria-hidden="true" />
            <span>
              <code>{line === null ? file : `${file}:${line}`}</code> {message}
            </span>
          </p>
        )}
      </For>
      <For each={settings().steps}>
        {(step) => (
          <section>
            <h3>
              {WHEN[step.when]}
              <span>
                {step.key} of {step.from}
                {step.commands.length > 1 ? ', at the same time' : ''}
              </span>
            </h3>
            <For each={step.commands}>
              {({ name, command }) => (
                <pre>
                  <Show when={name}>
                    <b>{name}</b>
                  </Show>
                  {command}
                </pre>
              )}
            </For>
          </section>
        )}
      </For>
      <Show when={settings().run}>
        {(run) => (
          <section>
            <h3>
              When you press Run <span>{run().from}</span>
            </h3>
            <pre>{run().command}</pre>
          </section>
        )}
      </Show>
      <Show when={settings().environment.length > 0}>
        <section>
          <h3>
            Variables <span>for all programs</span>
          </h3>
          <pre>
            {settings()
              .environment.map(({ name, value }) => `${name}=${value}`)
              .join('\n')}
          </pre>
        </section>
      </Show>
      <Show when={settings().ports.length > 0}>
        <section>
          <h3>Ports</h3>
          <p>
            {settings()
              .ports.map(({ port, label }) => (label === null ? String(port) : `${port} (${label})`))
              .join(', ')}
          </p>
        </section>
      </Show>
      <Show when={settings().image}>
        {(image) => (
          <section>
            <h3>
              Image <span>{image()}</span>
            </h3>
            <p>{describeImage(settings(), workspace()?.isolation.kind)}</p>
          </section>
        )}
      </Show>
      <Show when={settings().notSupported.length > 0}>
        <section>
          <h3>Not supported here</h3>
          <dl>
            <For each={settings().notSupported}>
              {({ key, why }) => (
                <>
                  <dt>{key}</dt>
                  <dd>{why}</dd>
                </>
              )}
            </For>
          </dl>
        </section>
      </Show>
    </div>
  )
}
