import { Route, Router } from '@solidjs/router'
import { lazy, Show, Suspense, type JSX, type ParentProps } from 'solid-js'
import { NotFound, SignedOut } from './features/start/full-pages.tsx'
import { OpenPreview } from './features/start/open-preview.tsx'
import { AppProvider, createApp } from './kernel/app.ts'
import { Toaster } from './ui/toaster.tsx'
import { TooltipLayer } from './ui/tooltip-layer.tsx'

// Whoever goes straight to a workspace sees none of it.
const Dashboard = lazy(async () => {
  const { Dashboard } = await import('./features/dashboard/dashboard.tsx')
  return { default: Dashboard }
})

const WorkspacePage = lazy(async () => {
  const { WorkspacePage } = await import('./features/frame/workspace-page.tsx')
  return { default: WorkspacePage }
})

const HistoryPage = lazy(async () => {
  const { HistoryPage } = await import('./features/history-page/history-page.tsx')
  return { default: HistoryPage }
})

export function AppRoot(): JSX.Element {
  return (
    <Router root={Root}>
      <Route path={['/', '/new']} component={Dashboard} />
      <Route path="/open" component={OpenPreview} />
      <Route path="/w/:id" component={WorkspacePage} />
      <Route path="/w/:id/history" component={HistoryPage} />
      <Route path="*" component={NotFound} />
    </Router>
  )
}

function Root(props: ParentProps): JSX.Element {
  const app = createApp()
  return (
    <AppProvider value={app}>
      {/* The page stays below the notice: it may hold text that is not saved, and goes on after signing in again. */}
      <div style={{ display: 'contents' }} inert={app.signedOut()}>
        <Suspense>{props.children}</Suspense>
      </div>
      <Show when={app.signedOut()}>
        <SignedOut onRetry={app.session.reload} />
      </Show>
      <Toaster toasts={app.toasts} />
      <TooltipLayer />
    </AppProvider>
  )
}
