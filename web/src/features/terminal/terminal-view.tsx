import type { TerminalInfo } from '@codenest/runner/protocol'
import { createEffect, on, onCleanup, onMount, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { createTerminalStream, type TerminalStream } from '../../kernel/terminal-stream.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { loadXterm } from './load-xterm.ts'
import styles from './terminal-view.module.css'
import type { XtermScreen } from './xterm/screen.ts'

export interface TerminalHandle {
  id: string
  screen: XtermScreen
}

interface TerminalViewProps {
  info: TerminalInfo
  visible: boolean
  /** Which one of how many side by side. */
  place: { at: number; of: number }
  onFocus: () => void
  /** Take the keyboard when it becomes visible. */
  onReady: (handle: TerminalHandle) => void
  onGone: (id: string) => void
}

const RESIZE_MILLISECONDS = 100

/** Lends a div to one terminal. It stays in the page while another tab is shown, so that nothing is replayed. */
export function TerminalView(props: TerminalViewProps): JSX.Element {
  const { theme, toasts } = useApp()
  const { connection, terminals, goTo } = useSession()
  const id = props.info.id
  let host: HTMLDivElement | undefined
  let screen: XtermScreen | null = null
  let stream: TerminalStream | null = null
  let disposed = false
  let frame = 0
  let resizeTimer: ReturnType<typeof setTimeout> | undefined
  let size = terminals.size()

  const isShown = () => props.visible && host !== undefined && host.clientWidth > 0
  const fit = () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      const fitting = isShown() && screen?.fittingSize()
      if (!fitting || (fitting.cols === size.cols && fitting.rows === size.rows)) return
      size = fitting
      terminals.setSize(size)
      clearTimeout(resizeTimer)
      resizeTimer = setTimeout(() => stream?.resize(), RESIZE_MILLISECONDS)
    })
  }
  /** Whoever works in a terminal decides on its size. */
  const lead = () => {
    if (isShown() && document.hasFocus()) stream?.resize()
  }
  const input = (data: string) => {
    if (stream?.input(data) !== false) return
    toasts.show({
      tone: 'error',
      title: 'That was not typed',
      detail: 'The workspace is out of reach, and too much waits for it already. Try again when it is back.',
    })
  }

  const open = async (element: HTMLElement) => {
    const [{ createXtermScreen }] = await Promise.all([loadXterm(), document.fonts.ready])
    if (disposed) return
    screen = createXtermScreen(
      { input, answer: (data) => stream?.answer(data) },
      {
        resolve: (paths) => connection.request('terminals.resolve', { id, paths }),
        open: (path, { line, column }) => goTo(path, { line, column, length: 0 }),
      },
    )
    screen.attach(element)
    size = screen.fittingSize() ?? size
    terminals.setSize(size)
    screen.resize(size)
    stream = createTerminalStream(id, connection, screen, {
      size: () => size,
      leads: () => isShown() && document.hasFocus(),
      onWaiting: (units) => terminals.setWaiting(id, units),
      onDrawn: terminals.noticeDrawn,
    })
    props.onReady({ id, screen })
  }

  onMount(() => {
    if (!host) return
    const observer = new ResizeObserver(fit)
    observer.observe(host)
    onCleanup(() => observer.disconnect())
    host.addEventListener('focusin', () => (props.onFocus(), lead()))
    window.addEventListener('focus', lead)
    onCleanup(() => window.removeEventListener('focus', lead))
    void open(host)
  })
  createEffect(on(() => props.visible, fit))
  createEffect(on(theme.mode, () => screen?.applyTheme(), { defer: true }))
  onCleanup(() => {
    disposed = true
    cancelAnimationFrame(frame)
    clearTimeout(resizeTimer)
    stream?.dispose()
    terminals.setWaiting(id, 0)
    screen?.dispose()
    props.onGone(id)
  })

  return (
    <div
      ref={(element) => (host = element)}
      class={styles['view']}
      hidden={!props.visible}
      style={{ '--at': props.place.at, '--of': props.place.of }}
      data-testid="terminal"
      data-name={props.info.name}
      data-kind={props.info.kind}
    />
  )
}
