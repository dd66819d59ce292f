import { A } from '@solidjs/router'
import type { JSX } from 'solid-js'
import { Button, buttonClass } from '../../ui/button.tsx'
import { FullPage } from './full-pages.tsx'
import type { WorkspaceLookup } from './workspace-lookup.ts'

/** In place of a workspace that cannot be shown: why, and where to go. */
export function WorkspaceMissing(props: { id: string; lookup: WorkspaceLookup }): JSX.Element {
  return (
    <FullPage
      title={props.id}
      action={
        <div style={{ display: 'flex', gap: '8px' }}>
          <Button tone="quiet" onClick={props.lookup.again}>
            Try again
          </Button>
          <A href="/" class={buttonClass()}>
            Go to your workspaces
          </A>
        </div>
      }
    >
      {props.lookup.problem()}
    </FullPage>
  )
}
