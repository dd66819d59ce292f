import { Show, type JSX } from 'solid-js'
import { createSharedApi } from '../../kernel/shared-api.ts'
import { createTheme } from '../../kernel/theme.ts'
import { createToasts } from '../../kernel/toasts.ts'
import { Toaster } from '../../ui/toaster.tsx'
import { TooltipLayer } from '../../ui/tooltip-layer.tsx'
import { createSharedModel } from './model.ts'
import { SharedOver } from './shared-over.tsx'
import { SharedPage } from './shared-page.tsx'

/** The page of a link: it asks nobody who they are. */
export function SharedRoot(): JSX.Element {
  const theme = createTheme()
  const toasts = createToasts()
  const [, , token = ''] = location.pathname.split('/')
  const model = createSharedModel(createSharedApi(decodeURIComponent(token)))
  return (
    <>
      <Show when={model.over()} fallback={<SharedPage model={model} theme={theme} toasts={toasts} />}>
        {(problem) => <SharedOver problem={problem()} onRetry={model.refresh} />}
      </Show>
      <Toaster toasts={toasts} />
      <TooltipLayer />
    </>
  )
}
