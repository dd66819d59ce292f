import { Show, type JSX } from 'solid-js'
import type { Device } from '../../kernel/layout.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { DropdownMenu } from '../../ui/dropdown-menu.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import {
  IconArrowLeft,
  IconArrowRight,
  IconClose,
  IconExternal,
  IconMonitor,
  IconPhone,
  IconReload,
  IconTablet,
} from '../../ui/icons.ts'
import type { PageConsole } from './console/page-console.ts'
import { ConsoleButton } from './console/console-button.tsx'
import { ShareButton } from '../ports/share-button.tsx'
import { deviceWidths } from './device-frame.tsx'
import { useOpenInTab } from './open-in-tab.ts'
import { PreviewAddress } from './preview-address.tsx'
import styles from './preview-bar.module.css'

interface DeviceEntry {
  device: Device
  label: string
  icon: typeof IconPhone
}

const FULL: DeviceEntry = { device: 'full', label: 'Full width', icon: IconMonitor }
const DEVICES: DeviceEntry[] = [
  FULL,
  { device: 'tablet', label: `Tablet, ${deviceWidths.tablet} px`, icon: IconTablet },
  { device: 'phone', label: `Phone, ${deviceWidths.phone} px`, icon: IconPhone },
]

/** What a browser has above its page, for the app in the workspace. */
export function PreviewBar(props: { console: PageConsole }): JSX.Element {
  const { previews, layout } = useSession()
  const openInTab = useOpenInTab()
  const device = () => DEVICES.find((each) => each.device === layout.state.device) ?? FULL
  return (
    <div class={styles['bar']}>
      <IconButton
        label="Back to what was entered here before"
        class={styles['roomy'] ?? ''}
        disabled={!previews.canStep(-1)}
        onClick={() => previews.step(-1)}
      >
        <IconArrowLeft size={15} />
      </IconButton>
      <IconButton
        label="Forward"
        class={styles['roomy'] ?? ''}
        disabled={!previews.canStep(1)}
        onClick={() => previews.step(1)}
      >
        <IconArrowRight size={15} />
      </IconButton>
      <IconButton label="Reload preview" disabled={!previews.listening()} onClick={previews.reload}>
        <IconReload size={14} />
      </IconButton>
      <PreviewAddress />
      <DropdownMenu
        label={`Width of the preview: ${device().label}`}
        icon={device().icon({ size: 15 })}
        entries={DEVICES.map((each) => ({
          label: each.label,
          checked: each.device === device().device,
          run: () => layout.set('device', each.device),
        }))}
      />
      <ConsoleButton console={props.console} />
      <Show when={previews.port()}>
        {(port) => (
          <>
            <ShareButton port={port()} />
            <IconButton
              label="Open in a new tab"
              disabled={!previews.listening()}
              onClick={() => openInTab(port(), previews.path())}
            >
              <IconExternal size={15} />
            </IconButton>
          </>
        )}
      </Show>
      <IconButton
        label="Hide preview"
        class={styles['hide'] ?? ''}
        onClick={() => layout.set('preview', false)}
      >
        <IconClose size={15} />
      </IconButton>
    </div>
  )
}
