import { For, Show, type JSX } from 'solid-js'
import { formatKey, isMac } from '../../kernel/keybindings.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconCommand, IconGit } from '../../ui/icons.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { shownSide, sideViews, toggleSide } from './side-views.ts'
import styles from './activity-bar.module.css'

/** What the side bar shows, and below it what belongs to the workspace as a whole. */
export function ActivityBar(): JSX.Element {
  const { layout, commands, sourceControl } = useSession()
  const keys = (command: string) =>
    formatKey(commands.find(command)?.keys?.[0] ?? '', isMac(navigator.platform))
  return (
    <nav class={styles['bar']} aria-label="Activities">
      <For each={sideViews}>
        {(view) => (
          <IconButton
            label={view.label}
            keys={keys(`view.${view.side}`)}
            class={styles['button'] ?? ''}
            aria-pressed={layout.state.sideBar && shownSide(layout) === view.side}
            aria-describedby={view.side === 'sourceControl' ? 'changes-badge' : undefined}
            onClick={() => toggleSide(layout, view.side)}
          >
            <view.icon size={18} stroke-width={1.6} />
            <Show when={view.side === 'sourceControl' && sourceControl.changed()}>
              {(count) => (
                <ChangesBadge count={count()} conflicts={sourceControl.status()?.conflicts.length ?? 0} />
              )}
            </Show>
          </IconButton>
        )}
      </For>
      <span class={styles['space']} />
      <IconButton
        label="Clone with Git"
        class={styles['button'] ?? ''}
        onClick={() => commands.run('git.clone')}
      >
        <IconGit size={17} stroke-width={1.6} />
      </IconButton>
      <IconButton
        label="All commands"
        keys={keys('palette.commands')}
        class={styles['button'] ?? ''}
        onClick={() => commands.run('palette.commands')}
      >
        <IconCommand size={16} stroke-width={1.6} />
      </IconButton>
    </nav>
  )
}

/** How much there is to commit; in another colour when something has to be settled first. */
function ChangesBadge(props: { count: number; conflicts: number }): JSX.Element {
  return (
    <span class={styles['badge']} data-conflicts={props.conflicts > 0} data-testid="changes-badge">
      <span aria-hidden="true">{props.count > 99 ? '99+' : props.count}</span>
      <span id="changes-badge" class="visually-hidden">
        {props.count} changed {props.count === 1 ? 'file' : 'files'}
        {props.conflicts > 0 ? `, ${props.conflicts} with conflicts` : ''}
      </span>
    </span>
  )
}
