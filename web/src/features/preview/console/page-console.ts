import { batch, createEffect, createSignal, onCleanup, type Accessor } from 'solid-js'
import { readMessage, type ConsoleMessage, type Level, type Place } from './read-message.ts'

export interface ConsoleLine {
  level: Level
  text: string
  place: Place | null
  /** How often it was said in a row. */
  count: number
}

export interface PageConsole {
  /** Oldest first. */
  lines: Accessor<ConsoleLine[]>
  /** Lines of this page that are not among them: there were too many. */
  leftOut: Accessor<number>
  /** Errors since somebody looked. */
  unread: Accessor<number>
  /** The page was loaded and has not said a word: the script is not in it. */
  isSilent: Accessor<boolean>
  clear: () => void
  /** The frame has loaded a page. */
  loaded: () => void
}

const MOST_LINES = 1_000
const MOST_PER_SECOND = 1_000
const SETTLE_MILLISECONDS = 40

/** What the page in the frame says, and it alone, until another page is there. */
export function createPageConsole(
  frame: Accessor<{ window: Window | null; origin: string } | null>,
  isShown: Accessor<boolean>,
): PageConsole {
  const [lines, setLines] = createSignal<ConsoleLine[]>([])
  const [leftOut, setLeftOut] = createSignal(0)
  const [unread, setUnread] = createSignal(0)
  const [isSilent, setSilent] = createSignal(false)
  let waiting: ConsoleLine[] = []
  let skipped = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let second = -Infinity
  let taken = 0
  /** Since the last page was loaded. */
  let hasGreeted = false

  const clear = () => {
    clearTimeout(timer)
    timer = undefined
    waiting = []
    skipped = 0
    batch(() => (setLines([]), setLeftOut(0), setUnread(0)))
  }
  /** All that came meanwhile at once: a page may say much. */
  const settle = () => {
    timer = undefined
    const all = [...lines()]
    const errors = waiting.filter(({ level }) => level === 'error').length
    for (const next of waiting) {
      const last = all.at(-1)
      if (last && isSame(last, next)) all[all.length - 1] = { ...last, count: last.count + 1 }
      else all.push(next)
    }
    const over = Math.max(0, all.length - MOST_LINES)
    batch(() => {
      setLines(all.slice(over))
      setLeftOut(leftOut() + over + skipped)
      if (!isShown()) setUnread(unread() + errors)
    })
    waiting = []
    skipped = 0
  }
  const take = (message: ConsoleMessage) => {
    if (message.kind === 'hello') {
      hasGreeted = true
      setSilent(false)
      clear()
      return
    }
    const now = performance.now()
    if (now - second >= 1_000) [second, taken] = [now, 0]
    if (message.kind === 'skipped') skipped += message.count
    else if (++taken > MOST_PER_SECOND) skipped++
    else waiting.push({ level: message.level, text: message.text, place: message.place, count: 1 })
    timer ??= setTimeout(settle, SETTLE_MILLISECONDS)
  }
  const onMessage = ({ source, origin, data }: MessageEvent<unknown>) => {
    const from = frame()
    if (!from?.window || source !== from.window || origin !== from.origin) return
    const message = readMessage(data)
    if (message) take(message)
  }
  window.addEventListener('message', onMessage)
  onCleanup(() => (window.removeEventListener('message', onMessage), clearTimeout(timer)))
  createEffect(() => isShown() && setUnread(0))

  return {
    lines,
    leftOut,
    unread,
    isSilent,
    clear,
    loaded: () => {
      if (!hasGreeted) {
        setSilent(true)
        clear()
      }
      hasGreeted = false
    },
  }
}

function isSame(one: ConsoleLine, other: ConsoleLine): boolean {
  return (
    one.level === other.level &&
    one.text === other.text &&
    one.place?.url === other.place?.url &&
    one.place?.line === other.place?.line
  )
}
