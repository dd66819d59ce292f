import { A } from '@solidjs/router'
import type { JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { formatKey, isMac } from '../../kernel/keybindings.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconKey, IconPanelBottom, IconPanelLeft, IconPanelRight, IconSearch } from '../../ui/icons.ts'
import { ThemeToggle } from '../../ui/theme-toggle.tsx'
import { Mark } from '../../ui/wordmark.tsx'
import { RunControls } from '../run/run-controls.tsx'
import styles from './frame-header.module.css'

export function FrameHeader(): JSX.Element {
  const { theme } = useApp()
  const { id, workspace, layout, commands } = useSession()
  const mac = isMac(navigator.platform)
  const keys = (command: string) => formatKey(commands.find(command)?.keys?.[0] ?? '', mac)

  return (
    <header class={styles['header']}>
      <div class={styles['left']}>
        <A href="/" class={styles['home']} aria-label="All workspaces" data-tip="All workspaces">
          <Mark size={20} />
        </A>
        <span class={styles['slash']} aria-hidden="true">
          /
        </span>
        <h1 class={styles['name']}>{workspace()?.name ?? id}</h1>
      </div>
      <RunControls />
      <div class={styles['right']}>
        <button type="button" class={styles['search']} onClick={() => commands.run('palette.files')}>
          <IconSearch size={13} aria-hidden="true" />
          <span>Go to file</span>
          <kbd>{keys('palette.files').join(mac ? '' : ' ')}</kbd>
        </button>
        <div class={styles['toggles']}>
          <IconButton
            label="Variables and secrets"
            aria-haspopup="dialog"
            onClick={() => commands.run('workspace.environment')}
          >
            <IconKey size={14} />
          </IconButton>
          <IconButton
            label="Side bar"
            keys={keys('view.sideBar')}
            aria-pressed={layout.state.sideBar}
            onClick={() => commands.run('view.sideBar')}
          >
            <IconPanelLeft size={15} />
          </IconButton>
          <IconButton
            label="Terminal panel"
            keys={keys('view.panel')}
            aria-pressed={layout.state.panel}
            onClick={() => commands.run('view.panel')}
          >
            <IconPanelBottom size={15} />
          </IconButton>
          <IconButton
            label="Preview"
            keys={keys('view.preview')}
            aria-pressed={layout.state.preview}
            onClick={() => commands.run('view.preview')}
          >
            <IconPanelRight size={15} />
          </IconButton>
        </div>
        <span class={styles['theme']}>
          <ThemeToggle theme={theme} />
        </span>
      </div>
    </header>
  )
}
