import { createSignal, onCleanup, onMount, type JSX } from 'solid-js'
import type { Device } from '../../kernel/layout.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import styles from './device-frame.module.css'

/** CSS pixels. */
export const deviceWidths: Record<Exclude<Device, 'full'>, number> = { tablet: 820, phone: 390 }

/** Not the page around it. What opens in a tab of its own, a sign-in say, is a page like any other there. */
const SANDBOX =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads'

/** A page as wide as a device; where there is no room for it, it is drawn smaller. */
export function DeviceFrame(props: {
  url: string
  hidden: boolean
  ref: (frame: HTMLIFrameElement) => void
  onLoad: () => void
}): JSX.Element {
  const { layout } = useSession()
  const [room, setRoom] = createSignal({ width: 0, height: 0 })
  let stage: HTMLDivElement | undefined
  onMount(() => {
    if (!stage) return
    const observer = new ResizeObserver(([entry]) => entry && setRoom(entry.contentRect))
    observer.observe(stage)
    onCleanup(() => observer.disconnect())
  })
  const shape = () => {
    const { device } = layout.state
    if (device === 'full') return { width: '100%', height: '100%', scale: '1' }
    const width = deviceWidths[device]
    const scale = Math.min(1, room().width / width) || 1
    return { width: `${width}px`, height: `${room().height / scale}px`, scale: String(scale) }
  }
  return (
    <div ref={(element) => (stage = element)} class={styles['stage']} hidden={props.hidden}>
      <iframe
        ref={props.ref}
        class={styles['frame']}
        data-device={layout.state.device}
        style={shape()}
        title="Preview"
        src={props.url}
        sandbox={SANDBOX}
        allow="clipboard-write; fullscreen"
        onLoad={() => props.onLoad()}
      />
    </div>
  )
}
