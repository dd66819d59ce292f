import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconBranch, IconDown, IconReload, IconUp } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'
import { createSync } from './sync.ts'

/** The branch, and how it stands to its upstream. */
export function SyncBar(props: { onBranch: () => void }): JSX.Element {
  const { session } = useApp()
  const { busy, status } = useSourceControl()
  const sync = createSync()
  const upstream = () => status()?.upstream
  /** A clone without an upstream is published at the code host, which has its own button below. */
  const hasPush = () => hasRemote() || !session.data()?.codeHost
  const hasRemote = () => (status()?.remotes.length ?? 0) > 0
  const counted = (verb: string, count: number | null | undefined) =>
    count ? `${verb} ${count} commit${count === 1 ? '' : 's'}` : verb
  return (
    <div class={styles['sync']}>
      <button
        type="button"
        class={styles['branch']}
        aria-label={`Branch ${status()?.branch ?? 'none'}: choose another`}
        data-tip={upstream() ? `Follows ${upstream()?.name}` : 'Follows no upstream yet'}
        onClick={() => props.onBranch()}
      >
        <IconBranch size={13} aria-hidden="true" />
        <span>{status()?.branch ?? status()?.commit?.slice(0, 8) ?? 'no branch'}</span>
      </button>
      <Show when={hasRemote()}>
        <IconButton
          label="Fetch from the upstream"
          disabled={busy() !== null}
          onClick={() => void sync.fetch()}
        >
          <Show when={busy() === 'git.fetch'} fallback={<IconReload size={13} />}>
            <Spinner size={12} />
          </Show>
        </IconButton>
        <Button
          size="sm"
          tone="quiet"
          data-tip={counted('Pull', upstream()?.behind)}
          aria-label={counted('Pull', upstream()?.behind)}
          busy={busy() === 'git.pull'}
          disabled={busy() !== null}
          onClick={() => void sync.pull()}
        >
          <IconDown size={13} />
          {upstream()?.behind ?? 0}
        </Button>
      </Show>
      <Show when={hasPush()}>
        <Button
          size="sm"
          tone="quiet"
          data-tip={upstream() ? counted('Push', upstream()?.ahead) : 'Push this branch and follow it'}
          aria-label={counted('Push', upstream()?.ahead)}
          busy={busy() === 'git.push'}
          disabled={busy() !== null}
          onClick={() => void sync.push()}
        >
          <IconUp size={13} />
          <Show when={upstream()} fallback="Publish">
            {upstream()?.ahead ?? 0}
          </Show>
        </Button>
      </Show>
    </div>
  )
}
