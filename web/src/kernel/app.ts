import type { Session } from '@codenest/platform/protocol'
import { createSignal, type Accessor } from 'solid-js'
import { createApi, type Api } from './api.ts'
import { createContextOf } from './context-of.ts'
import { createLoader, type Loader } from './loader.ts'
import { createTheme, type Theme } from './theme.ts'
import { createToasts, type Toasts } from './toasts.ts'
import { createWorkspaceList, type WorkspaceList } from './workspace-list.ts'

/** What every page shares. */
export interface App {
  api: Api
  session: Loader<Session>
  workspaces: WorkspaceList
  theme: Theme
  toasts: Toasts
  signedOut: Accessor<boolean>
}

export const [AppProvider, useApp] = createContextOf<App>('App')

export function createApp(): App {
  const [signedOut, setSignedOut] = createSignal(false)
  const api = createApi((signedIn) => setSignedOut(!signedIn))
  return {
    api,
    session: createLoader(api.session),
    workspaces: createWorkspaceList(api),
    theme: createTheme(),
    toasts: createToasts(),
    signedOut,
  }
}
