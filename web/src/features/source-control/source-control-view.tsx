import { createSignal, Match, Show, Switch, type JSX } from 'solid-js'
import { createSourceControl } from '../../kernel/source-control.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconReload } from '../../ui/icons.ts'
import { TreeSkeleton } from '../explorer/tree-skeleton.tsx'
import { BranchDialog } from './branch-dialog.tsx'
import { ChangeLists } from './change-lists.tsx'
import { CommitBox } from './commit-box.tsx'
import { SourceControlProvider } from './context.ts'
import { IncomingNotices } from './incoming-notices.tsx'
import { OperationBanner } from './operation-banner.tsx'
import styles from './source-control.module.css'
import { SyncBar } from './sync-bar.tsx'
import { TroubleNotice } from './trouble-notice.tsx'

/** Commit and publish: the clone's changes, its branch, and its upstream. */
export function SourceControlView(): JSX.Element {
  const session = useSession()
  const control = createSourceControl(session)
  const [choosing, setChoosing] = createSignal(false)
  return (
    <SourceControlProvider value={control}>
      <section class={styles['view']} aria-label="Source control">
        <header class={styles['header']}>
          <h2 class={styles['title']}>Source control</h2>
          <IconButton label="Look again" onClick={control.refresh} disabled={!session.readiness.isReady()}>
            <IconReload size={14} />
          </IconButton>
        </header>
        <Switch fallback={<TreeSkeleton />}>
          <Match when={control.status()}>
            <SyncBar onBranch={() => setChoosing(true)} />
            <div class={styles['scroll']}>
              <TroubleNotice />
              <IncomingNotices />
              <OperationBanner />
              <CommitBox />
              <ChangeLists />
            </div>
          </Match>
          <Match when={!session.readiness.isReady()}>
            <p class={styles['note']}>The workspace is not ready yet. Its changes show here when it is.</p>
          </Match>
          <Match when={control.failure()}>
            {(message) => (
              <div class={styles['note']} role="alert">
                <p>{message()}</p>
                <Button size="sm" onClick={control.refresh}>
                  Try again
                </Button>
              </div>
            )}
          </Match>
        </Switch>
        <Show when={choosing()}>
          <BranchDialog onClose={() => setChoosing(false)} />
        </Show>
      </section>
    </SourceControlProvider>
  )
}
