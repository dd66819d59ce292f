import { A } from '@solidjs/router'
import type { Workspace } from '@codenest/platform/protocol'
import { lazy, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { relativeTime } from '../../kernel/relative-time.ts'
import { repositoryLabel } from '../../kernel/repository-url.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconMore } from '../../ui/icons.ts'
import { StateDot, stateLabels } from '../../ui/state-dot.tsx'
import styles from './workspace-row.module.css'

/** It comes after the rows themselves. */
const RowMenu = lazy(async () => ({ default: (await import('./row-menu.tsx')).RowMenu }))

interface WorkspaceRowProps {
  workspace: Workspace
  /** Milliseconds since the epoch. */
  now: number
  onTemplate: () => void
  onShare: () => void
  onDelete: () => void
}

export function WorkspaceRow(props: WorkspaceRowProps): JSX.Element {
  const { api, toasts, workspaces } = useApp()
  const id = () => props.workspace.id
  const source = () => {
    const from = props.workspace.source
    if ('workspace' in from) return `fork of ${from.workspace}`
    return 'template' in from ? from.template : repositoryLabel(from.repository)
  }
  const change = (verb: 'start' | 'stop') => {
    api[verb](id()).then(
      workspaces.put,
      toasts.failed(`${props.workspace.name} could not be ${verb === 'start' ? 'started' : 'stopped'}`),
    )
  }
  const isDown = () => props.workspace.state === 'stopped' || props.workspace.state === 'failed'
  const isGoing = () => props.workspace.state === 'deleting'
  const menuLabel = () => `Actions of ${props.workspace.name}`

  return (
    <li
      class={styles['row']}
      data-testid="workspace-card"
      data-workspace={id()}
      data-state={props.workspace.state}
    >
      <StateDot state={props.workspace.state} />
      <div class={styles['name']}>
        <A href={`/w/${id()}`} state={{ start: true }} class={styles['link']} aria-disabled={isGoing()}>
          {props.workspace.name}
        </A>
      </div>
      <span class={styles['source']}>{source()}</span>
      <span class={styles['state']}>{stateLabels[props.workspace.state]}</span>
      <time class={styles['time']} datetime={props.workspace.createdAt}>
        {relativeTime(Date.parse(props.workspace.createdAt), props.now)}
      </time>
      <div class={styles['actions']}>
        <Show when={!isGoing()}>
          <Show
            when={isDown()}
            fallback={
              <Button
                size="sm"
                tone="quiet"
                disabled={props.workspace.state === 'stopping'}
                onClick={() => change('stop')}
              >
                Stop
              </Button>
            }
          >
            <Button size="sm" tone="quiet" onClick={() => change('start')}>
              Start
            </Button>
          </Show>
          <A href={`/w/${id()}`} state={{ start: true }} class={buttonClass('plain', 'sm')} tabindex="-1">
            Open
          </A>
          <Suspense
            fallback={
              <IconButton label={menuLabel()} disabled>
                <IconMore size={15} />
              </IconButton>
            }
          >
            <RowMenu
              label={menuLabel()}
              workspace={props.workspace}
              onTemplate={props.onTemplate}
              onShare={props.onShare}
              onDelete={props.onDelete}
            />
          </Suspense>
        </Show>
      </div>
      <Show when={props.workspace.reason}>
        {(reason) => <p class={styles['reason']}>{reason().message}</p>}
      </Show>
    </li>
  )
}
