import type { TerminalInfo } from '@codenest/runner/protocol'
import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Popover } from '../../ui/popover.tsx'
import { describeExit, formatDuration } from './describe-exit.ts'
import styles from './exit-popover.module.css'

/** How what ran in a terminal ended, and what can be done now. */
export function ExitPopover(props: {
  info: TerminalInfo
  anchor: HTMLElement | undefined
  onClose: () => void
}): JSX.Element {
  const { toasts } = useApp()
  const { commands, terminals } = useSession()
  const again = () => {
    props.onClose()
    if (props.info.kind === 'run') commands.run('run.start')
    else if (props.info.kind === 'setup') commands.run('setup.again')
    else terminals.restart(props.info.id).catch(toasts.failed('No shell could be started'))
  }
  return (
    <Popover anchor={props.anchor} label={`How ${props.info.name} ended`} width={300} onClose={props.onClose}>
      <div class={styles['exit']}>
        <Show when={props.info.exit}>
          {(exit) => (
            <p>
              {describeExit(exit().code, exit().signal)} It ran for{' '}
              {formatDuration(exit().endedAt - exit().startedAt)}, until{' '}
              {new Date(exit().endedAt).toLocaleTimeString()}.
            </p>
          )}
        </Show>
        <footer class={styles['actions']}>
          <Button
            size="sm"
            onClick={() => {
              props.onClose()
              terminals.close(props.info.id).catch(toasts.failed('The terminal was not closed'))
            }}
          >
            Close
          </Button>
          <Button size="sm" tone="solid" onClick={again}>
            {props.info.kind === 'shell' ? 'New shell here' : 'Run again'}
          </Button>
        </footer>
      </div>
    </Popover>
  )
}
