import { spawn } from '@lydell/node-pty'
import type { IPty } from '@lydell/node-pty'

import { endSession } from '../processes/process-table.ts'
import type { TerminalInfo, TerminalReplay } from '../protocol.ts'
import { createFlowControl } from './flow-control.ts'
import type { FlowControl } from './flow-control.ts'
import { InputLedger } from './input-ledger.ts'
import type { InputPiece } from './input-ledger.ts'
import { OutputBatch } from './output-batch.ts'
import { Recorder } from './recorder.ts'

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
  /** The size is this one for all output that follows. */
  onResize: (viewers: Iterable<string>, cols: number, rows: number) => void
  /** A viewer that was left out goes on from here. */
  onReplay: (viewer: string, replay: TerminalReplay) => void
  onExit: () => void
}

interface Viewer {
  cols: number
  rows: number
  /** The page's own name for itself: after a lost connection it comes back as another viewer. */
  client: string | undefined
  /** Position up to which it was sent output; it is sent nothing while it is stale. */
  offset: number
  stale: boolean
}

export interface Attachment extends Pick<Viewer, 'cols' | 'rows'> {
  client?: string | undefined
  /** Its user works in it: the terminal takes its size, whoever else looks at it. */
  lead?: boolean | undefined
  /** What is on its screen already. */
  offset?: number | undefined
}

/** One tab: its output and viewers stay while processes come and go. */
export class Terminal {
  readonly id: string
  readonly kind: TerminalInfo['kind']
  name: string
  readonly #listener: TerminalListener
  readonly #recorder: Recorder
  readonly #viewers = new Map<string, Viewer>()
  readonly #inputs = new InputLedger()
  readonly #flow: FlowControl
  readonly #batch = new OutputBatch((data) => this.#send(data))
  /** The viewer whose size the terminal has. */
  #leader: string | null = null
  #pty: IPty | null = null
  #exited: Promise<void> = Promise.resolve()
  #exit: TerminalInfo['exit'] = null
  #startedAt = 0
  #cols: number
  #rows: number

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
    this.#recorder = new Recorder(init.cols, init.rows, (answer) => this.#pty?.write(answer))
    this.#flow = createFlowControl({
      pause: () => this.#pty?.pause(),
      resume: () => this.#pty?.resume(),
      onStale: (viewer) => this.#setStale(viewer),
      onCaughtUp: (viewer) => this.#catchUp(viewer),
    })
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
    this.#startedAt = Date.now()
    this.#flow.restart()
    pty.onData((data) => this.#batch.add(data))
    this.#exited = new Promise((resolve) => {
      pty.onExit(({ exitCode, signal }) => {
        this.#pty = null
        const endedAt = Date.now()
        this.#exit = { code: exitCode, signal: signal ? signal : null, startedAt: this.#startedAt, endedAt }
        this.#batch.flush()
        this.#listener.onExit()
        resolve()
      })
    })
  }

  /** Adds output that no process wrote. */
  print(text: string): void {
    this.#batch.add(text)
  }

  attach(viewer: string, { cols, rows, client, lead, offset }: Attachment): TerminalReplay {
    this.#batch.flush()
    // What is left of its lost connection would hold the process and the size.
    for (const [other, { client: known }] of this.#viewers)
      if (client !== undefined && known === client) this.detach(other)
    this.#viewers.set(viewer, { cols, rows, client, offset: 0, stale: false })
    this.#flow.add(viewer)
    if (lead === true || this.#leader === null) this.#follow(viewer)
    return this.#replay(viewer, offset)
  }

  detach(viewer: string): void {
    this.#viewers.delete(viewer)
    this.#flow.remove(viewer)
    if (this.#leader === viewer) this.#leader = null
  }

  /** With `piece`, what was taken already is not taken again. */
  input(data: string, piece?: InputPiece): void {
    if (piece && !this.#inputs.take(piece)) return
    this.#batch.expectEcho()
    this.#pty?.write(data)
  }

  /** Answers of a viewer's screen to what programs ask: one answer is enough. */
  answer(viewer: string, data: string): void {
    if (viewer === this.#leader) this.#pty?.write(data)
  }

  /** The size of a viewer's screen, which the terminal takes when its user works in it. */
  resizeViewer(viewer: string, cols: number, rows: number, lead: boolean): void {
    const known = this.#viewers.get(viewer)
    if (!known) return
    Object.assign(known, { cols, rows })
    if (lead || this.#leader === null || this.#leader === viewer) this.#follow(viewer)
  }

  resize(cols: number, rows: number): void {
    if (cols === this.#cols && rows === this.#rows) return
    // What is already there was written for the size before.
    this.#batch.flush()
    this.#cols = cols
    this.#rows = rows
    this.#recorder.resize(cols, rows)
    this.#pty?.resize(cols, rows)
    this.#listener.onResize(this.#current(), cols, rows)
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
    this.#batch.dispose()
    this.#flow.dispose()
    this.#recorder.dispose()
    this.#viewers.clear()
  }

  #follow(viewer: string): void {
    this.#leader = viewer
    const size = this.#viewers.get(viewer)
    if (size) this.resize(size.cols, size.rows)
  }

  #setStale(viewer: string): void {
    const known = this.#viewers.get(viewer)
    if (known) known.stale = true
  }

  #catchUp(viewer: string): void {
    const known = this.#viewers.get(viewer)
    if (!known) return
    this.#batch.flush()
    known.stale = false
    this.#listener.onReplay(viewer, this.#replay(viewer, known.offset))
  }

  #replay(viewer: string, offset: number | undefined): TerminalReplay {
    const replay = this.#recorder.replay(offset)
    const known = this.#viewers.get(viewer)
    if (known) known.offset = replay.offset
    this.#flow.sent(
      viewer,
      replay.parts.reduce((sum, { data }) => sum + data.length, 0),
    )
    return { info: this.info, ...replay }
  }

  #current(): string[] {
    return [...this.#viewers].flatMap(([viewer, { stale }]) => (stale ? [] : [viewer]))
  }

  #send(data: string): void {
    const offset = this.#recorder.end + data.length
    const viewers = this.#current()
    // Those who wait for it come before those who may come.
    this.#listener.onOutput(viewers, data, offset)
    this.#recorder.append(data, this.#viewers.size === 0)
    for (const viewer of viewers) {
      const known = this.#viewers.get(viewer)
      if (known) known.offset = offset
      this.#flow.sent(viewer, data.length)
    }
  }
}
