import { createEffect, on, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconExternal, IconReload } from '../../ui/icons.ts'
import { SidePanel } from '../../ui/side-panel.tsx'
import { useNavigate } from '@solidjs/router'
import { HistoryPanel } from './history-panel.tsx'
import { createHistoryModel, HistoryProvider } from './model.ts'
import { createSessionPlace } from './session-place.ts'

/** History beside the files: of the workspace, or of the file that is open. */
export function HistoryView(): JSX.Element {
  const { api } = useApp()
  const session = useSession()
  const navigate = useNavigate()
  const model = createHistoryModel(api, createSessionPlace(api, session), session.timelineOf)
  // The timeline of the open file goes with it to the next one.
  createEffect(
    on(
      session.tabs.active,
      (path) => {
        if (model.scope() !== null) model.setScope(path)
      },
      { defer: true },
    ),
  )
  return (
    <HistoryProvider value={model}>
      <SidePanel
        title="History"
        tools={
          <>
            <IconButton label="Look again" onClick={model.refresh}>
              <IconReload size={14} />
            </IconButton>
            <IconButton
              label="Open the history as a page"
              onClick={() => navigate(`/w/${session.id}/history`)}
            >
              <IconExternal size={14} />
            </IconButton>
          </>
        }
      >
        <HistoryPanel />
      </SidePanel>
    </HistoryProvider>
  )
}
