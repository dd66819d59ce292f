import type { Workspace } from '@codenest/platform/protocol'
import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { createLoader } from '../../kernel/loader.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { IconLink } from '../../ui/icons.ts'
import { Refusal } from '../../ui/refusal.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ReadLinkRow } from './read-link-row.tsx'
import styles from './share-dialog.module.css'

/** Minutes. */
const LIFETIMES = [
  { value: '1440', label: '1 day' },
  { value: '10080', label: '7 days' },
  { value: '43200', label: '30 days' },
  { value: '525600', label: '1 year' },
] as const
const TICK_MILLISECONDS = 10_000

interface ShareDialogProps {
  workspace: Pick<Workspace, 'id' | 'name' | 'settings'>
  onClose: () => void
}

/** Links by which anybody may look at a workspace: made, copied, revoked. */
export function ShareDialog(props: ShareDialogProps): JSX.Element {
  const { api } = useApp()
  const links = createLoader(() => api.readLinks(props.workspace.id))
  const [minutes, setMinutes] = createSignal<(typeof LIFETIMES)[number]['value']>('10080')
  const [history, setHistory] = createSignal(false)
  const [busy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS)
  onCleanup(() => clearInterval(timer))

  const act = async (change: () => Promise<unknown>) => {
    setBusy(true)
    setProblem(null)
    try {
      await change()
      setNow(Date.now())
      links.reload()
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  const create = () =>
    act(() => api.createReadLink(props.workspace.id, { minutes: Number(minutes()), history: history() }))

  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`Share ${props.workspace.name}`}
      description="Whoever has a link sees the files as of the newest save, without signing in and whether the workspace runs or not. They can download and fork them, and change nothing."
      width={520}
    >
      <div class={styles['body']} aria-busy={busy()}>
        <div class={styles['make']}>
          <span id="share-lifetime">Good for</span>
          <Segmented
            label="How long the link is good for"
            options={LIFETIMES}
            value={minutes()}
            onChange={setMinutes}
          />
        </div>
        <label class={styles['choice']}>
          <input
            type="checkbox"
            checked={history()}
            onChange={(event) => setHistory(event.currentTarget.checked)}
          />
          <span>
            Show the history, too
            <small>All saves and commits that led to the newest one, with what was removed since.</small>
          </span>
        </label>
        <Show when={props.workspace.settings.ignoredFiles === 'keep'}>
          <p class={styles['note']}>
            Files that Git ignores and that you saved in the editor, such as <code>.env</code>, are a part of
            saves and are shown, too. A workspace’s variables never are.
          </p>
        </Show>
        <Show when={problem()}>{(message) => <Refusal>{message()}</Refusal>}</Show>
        <Button tone="solid" class={styles['create'] ?? ''} busy={busy()} onClick={() => void create()}>
          <IconLink size={13} /> Create link
        </Button>
      </div>
      <Show when={links.error()}>{(message) => <Refusal>{message()}</Refusal>}</Show>
      <Show when={links.data()} fallback={<Skeleton width="60%" height="14px" />}>
        {(all) => (
          <Show when={all().length > 0} fallback={<p class={styles['none']}>There is no link yet.</p>}>
            <ul class={styles['links']} aria-label="Links">
              <For each={all()}>
                {(link) => (
                  <ReadLinkRow
                    link={link}
                    now={now()}
                    busy={busy()}
                    onRevoke={() => void act(() => api.revokeReadLink(props.workspace.id, link.id))}
                  />
                )}
              </For>
            </ul>
          </Show>
        )}
      </Show>
    </Dialog>
  )
}
