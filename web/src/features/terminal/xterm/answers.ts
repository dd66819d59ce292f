import type { Terminal } from '@xterm/xterm'

export interface Answers {
  /** What the terminal says right now answers a program's question; nobody typed it. */
  isAnswering: () => boolean
  /** Questions are passed over. */
  setMuted: (muted: boolean) => void
}

/** Tells a terminal's answers to programs ("where is the cursor?") from what its user types. */
export function watchAnswers(terminal: Terminal): Answers {
  let answering = false
  let muted = false
  /** Runs right before xterm's own handler, which answers in the same turn; `true` keeps it from that. */
  const asked = () => {
    if (muted) return true
    answering = true
    queueMicrotask(() => (answering = false))
    return false
  }
  const { parser } = terminal
  const questions = [
    { final: 'c' },
    { prefix: '>', final: 'c' },
    { prefix: '=', final: 'c' },
    { final: 'n' },
    { prefix: '?', final: 'n' },
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
    { final: 't' },
  ]
  for (const question of questions) parser.registerCsiHandler(question, asked)
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, asked)
  // These set a colour, or ask for it.
  for (const color of [4, 10, 11, 12])
    parser.registerOscHandler(color, (data) => data.includes('?') && asked())
  return { isAnswering: () => answering, setMuted: (value) => (muted = value) }
}
