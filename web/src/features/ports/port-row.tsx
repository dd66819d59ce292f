import type { JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { visibilityOf, type Visibility } from '../../kernel/port-shares.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { DropdownMenu } from '../../ui/dropdown-menu.tsx'
import { IconMore } from '../../ui/icons.ts'
import { useOpenInTab } from '../preview/open-in-tab.ts'
import styles from './ports-view.module.css'
import { ShareButton } from './share-button.tsx'

const VISIBILITIES: Record<Visibility, string> = {
  private: 'private',
  'signed-in': 'signed in',
  link: 'by link',
}
const EVERYWHERE = new Set(['0.0.0.0', '::'])

/** One port; a click on its number shows it in the preview. */
export function PortRow(props: { port: number }): JSX.Element {
  const { toasts } = useApp()
  const { previews, layout, setup, workspace } = useSession()
  const openInTab = useOpenInTab()
  const info = () => previews.ports().find(({ port }) => port === props.port)
  const isShown = () => layout.state.preview && previews.port() === props.port
  const visibility = () => visibilityOf(workspace(), props.port)
  const addresses = () => {
    const all = info()?.addresses ?? []
    return all.some((address) => EVERYWHERE.has(address)) ? 'all addresses' : all.join(', ')
  }
  const show = () => {
    previews.choosePort(props.port)
    layout.set({ preview: true, pane: 'preview' })
  }
  const copyAddress = () =>
    navigator.clipboard
      .writeText(previews.address(props.port))
      .then(
        () => toasts.show({ tone: 'info', title: `The address of port ${props.port} is copied` }),
        toasts.failed('The address could not be copied'),
      )
  return (
    <tr data-testid="port" data-port={props.port} data-visibility={visibility()}>
      <td>
        <button
          type="button"
          class={styles['number']}
          data-tip={isShown() ? 'In the preview' : 'Open preview'}
          aria-label={`Open preview of port ${props.port}`}
          aria-pressed={isShown()}
          onClick={show}
        >
          {props.port}
        </button>
      </td>
      <td class={styles['what']}>
        <span class={styles['process']}>
          {setup.labelOf(props.port) ?? info()?.process ?? 'unknown process'}
        </span>
        <span class={styles['address']}>{addresses()}</span>
      </td>
      <td>
        <div class={styles['actions']}>
          <span class={styles['visibility']}>{VISIBILITIES[visibility()]}</span>
          <ShareButton port={props.port} />
          <DropdownMenu
            label={`Actions for port ${props.port}`}
            icon={<IconMore size={15} />}
            entries={[
              { label: 'Open Preview', run: show },
              { label: 'Open in a New Tab', run: () => openInTab(props.port) },
              { label: 'Copy Address', run: () => void copyAddress() },
            ]}
          />
        </div>
      </td>
    </tr>
  )
}
