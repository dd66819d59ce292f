import { spawn } from '@lydell/node-pty'
import type { IPty } from '@lydell/node-pty'

import { endSession } from '../processes/process-table.ts'
import type { TerminalInfo, TerminalSnapshot } from '../protocol.ts'
import { createFlowControl } from './flow-control.ts'
import type { FlowControl } from './flow-control.ts'
import { OutputRing } from './output-ring.ts'

/** Output kept for those who attach later, in UTF-16 units. */
const KEPT = 256 * 1024
/** Output is collected for this long, in milliseconds, but what follows a key press is sent at once. */
const COALESCE_MS = 5
const HANGUP_GRACE_MS = 2_000

export interface Command {
  file: string
  args: string[]
  cwd: string
  env: Record<string, string>
}

export interface TerminalListener {
  /** `offset` is the position after `data`. */
  onOutput: (viewers: Iterable<string>, data: string, offset: number) => void
  onExit: () => void
}

/** One tab: its output and viewers stay while processes come and go. */
export class Terminal {
  readonly id: string
  readonly kind: TerminalInfo['kind']
  name: string
  readonly #listener: TerminalListener
  readonly #ring = new OutputRing(KEPT)
  readonly #viewers = new Set<string>()
  readonly #flow: FlowControl
  #pty: IPty | null = null
  #exited: Promise<void> = Promise.resolve()
  #exit: TerminalInfo['exit'] = null
  #cols: number
  #rows: number
  #buffered: string[] = []
  #timer: NodeJS.Timeout | null = null
  #echo = false

  constructor(
    init: Pick<TerminalInfo, 'id' | 'name' | 'kind' | 'cols' | 'rows'>,
    listener: TerminalListener,
  ) {
    this.id = init.id
    this.kind = init.kind
    this.name = init.name
    this.#cols = init.cols
    this.#rows = init.rows
    this.#listener = listener
    this.#flow = createFlowControl({ pause: () => this.#pty?.pause(), resume: () => this.#pty?.resume() })
  }

  get info(): TerminalInfo {
    const { id, name, kind } = this
    return { id, name, kind, cols: this.#cols, rows: this.#rows, exit: this.#exit }
  }

  /** Leader of the session that the processes of this terminal belong to; null when none lives. */
  get pid(): number | null {
    return this.#pty?.pid ?? null
  }

  /** Starts a process; the one before must have ended. Throws when it cannot be started. */
  start({ file, args, cwd, env }: Command): void {
    const pty = spawn(file, args, { name: 'xterm-256color', cols: this.#cols, rows: this.#rows, cwd, env })
    this.#pty = pty
    this.#exit = null
    this.#flow.restart()
    pty.onData((data) => this.#collect(data))
    this.#exited = new Promise((resolve) => {
      pty.onExit(({ exitCode, signal }) => {
        this.#pty = null
        this.#exit = { code: exitCode, signal: signal ? signal : null }
        this.#flush()
        this.#listener.onExit()
        resolve()
      })
    })
  }

  /** Adds output that no process wrote. */
  print(text: string): void {
    this.#collect(text)
  }

  attach(viewer: string, cols: number, rows: number, offset?: number): TerminalSnapshot {
    this.resize(cols, rows)
    this.#flush()
    this.#viewers.add(viewer)
    this.#flow.add(viewer)
    return { info: this.info, ...this.#ring.replay(offset) }
  }

  detach(viewer: string): void {
    this.#viewers.delete(viewer)
    this.#flow.remove(viewer)
  }

  input(data: string): void {
    this.#echo = true
    this.#pty?.write(data)
  }

  resize(cols: number, rows: number): void {
    if (cols === this.#cols && rows === this.#rows) return
    this.#cols = cols
    this.#rows = rows
    this.#pty?.resize(cols, rows)
  }

  acknowledge(viewer: string, chars: number): void {
    this.#flow.acknowledged(viewer, chars)
  }

  /** Ends everything that runs in the terminal: `signal`, then SIGKILL after `grace` ms. Resolves when it ended. */
  async end(signal: NodeJS.Signals = 'SIGHUP', grace = HANGUP_GRACE_MS): Promise<void> {
    const pty = this.#pty
    if (!pty) return
    // A paused pty would not read to its end and never report the exit.
    pty.resume()
    await endSession(pty.pid, signal, grace)
    await this.#exited
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#viewers.clear()
  }

  #collect(data: string): void {
    this.#buffered.push(data)
    if (this.#echo) {
      this.#echo = false
      this.#flush()
    } else {
      this.#timer ??= setTimeout(() => this.#flush(), COALESCE_MS)
    }
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#buffered.length === 0) return
    const data = this.#buffered.join('')
    this.#buffered = []
    this.#ring.append(data)
    this.#flow.sent(data.length)
    this.#listener.onOutput(this.#viewers, data, this.#ring.end)
  }
}
