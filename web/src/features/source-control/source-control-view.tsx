import { createSignal, lazy, Match, Show, Suspense, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconReload } from '../../ui/icons.ts'
import { PanelNote, PanelScroll, SidePanel } from '../../ui/side-panel.tsx'
import { TreeSkeleton } from '../explorer/tree-skeleton.tsx'
import { TemplateNotices } from '../template-update/template-notices.tsx'
import { BranchDialog } from './branch-dialog.tsx'
import { ChangeLists } from './change-lists.tsx'
import { CommitBox } from './commit-box.tsx'
import { SourceControlProvider } from './context.ts'
import { IncomingNotices } from './incoming-notices.tsx'
import { OperationBanner } from './operation-banner.tsx'
import { SyncBar } from './sync-bar.tsx'
import { TroubleNotice } from './trouble-notice.tsx'

const CodeHostSection = lazy(async () => ({
  default: (await import('../code-host/code-host-section.tsx')).CodeHostSection,
}))

/** Commit and publish: the clone's changes, its branch, and its upstream. */
export function SourceControlView(): JSX.Element {
  const { session } = useApp()
  const { readiness, sourceControl: control } = useSession()
  const [choosing, setChoosing] = createSignal(false)
  return (
    <SourceControlProvider value={control}>
      <SidePanel
        title="Source control"
        tools={
          <IconButton label="Look again" onClick={control.refresh} disabled={!readiness.isReady()}>
            <IconReload size={14} />
          </IconButton>
        }
      >
        <Switch fallback={<TreeSkeleton />}>
          <Match when={control.status()}>
            <SyncBar onBranch={() => setChoosing(true)} />
            <PanelScroll>
              <Suspense>
                <Show when={session.data()?.codeHost}>{(host) => <CodeHostSection host={host()} />}</Show>
              </Suspense>
              <TroubleNotice />
              <IncomingNotices />
              <OperationBanner />
              <TemplateNotices />
              {/* While there are conflicts git commits nothing. */}
              <Show when={control.status()?.conflicts.length === 0}>
                <CommitBox />
              </Show>
              <ChangeLists />
            </PanelScroll>
          </Match>
          <Match when={!readiness.isReady()}>
            <PanelNote>The workspace is not ready yet. Its changes show here when it is.</PanelNote>
          </Match>
          <Match when={control.failure()}>
            {(message) => (
              <PanelNote role="alert">
                <p>{message()}</p>
                <Button size="sm" onClick={control.refresh}>
                  Try again
                </Button>
              </PanelNote>
            )}
          </Match>
        </Switch>
        <Show when={choosing()}>
          <BranchDialog onClose={() => setChoosing(false)} />
        </Show>
      </SidePanel>
    </SourceControlProvider>
  )
}
