import { RunnerError } from '../errors.ts'
import type { RunStatus } from '../protocol.ts'
import { createSerial } from '../serial.ts'
import { shell } from '../terminals/terminals.ts'
import type { Terminals } from '../terminals/terminals.ts'
import type { Terminal } from '../terminals/terminal.ts'

const GRACE_MS = 3_000
/** An app that was killed may have left the alternate screen on, the cursor hidden or mouse reports on. */
const RESET_MODES = '\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?2004l\x1b[0m'

export interface RunOptions {
  command: string | null
  terminals: Terminals
  onChange: () => void
}

/** The Run button: one command at a time, always in the same terminal. */
export class Run {
  readonly #options: RunOptions
  readonly #serial = createSerial()
  #terminal: Terminal | null = null
  #status: Pick<RunStatus, 'state' | 'exitCode' | 'startedAt' | 'endedAt'> = {
    state: 'idle',
    exitCode: null,
    startedAt: null,
    endedAt: null,
  }

  constructor(options: RunOptions) {
    this.#options = options
  }

  get status(): RunStatus {
    const { command, terminals } = this.#options
    const open = this.#terminal !== null && terminals.has(this.#terminal.id)
    return { ...this.#status, command, terminalId: open ? (this.#terminal?.id ?? null) : null }
  }

  /** Stops what runs and starts anew. Throws `no_run_command`, `limit_reached`. */
  start(cols: number, rows: number): Promise<RunStatus> {
    return this.#serial(async () => {
      const { command, terminals, onChange } = this.#options
      if (command === null) {
        throw new RunnerError(
          'no_run_command',
          'This workspace has no run command: start the app in a terminal.',
        )
      }
      await this.#end()
      const terminal = this.#openTerminal(cols, rows)
      terminal.resize(cols, rows)
      terminal.print(`${RESET_MODES}\r\x1b[2m$ ${command.replaceAll('\n', '\r\n')}\x1b[0m\r\n`)
      this.#status = { state: 'running', exitCode: null, startedAt: Date.now(), endedAt: null }
      terminals.start(terminal, { file: shell(), args: ['-c', command] })
      onChange()
      return this.status
    })
  }

  /** Ends the whole process tree. Resolves when it is gone. */
  stop(): Promise<RunStatus> {
    return this.#serial(async () => {
      await this.#end()
      return this.status
    })
  }

  #openTerminal(cols: number, rows: number): Terminal {
    const { terminals } = this.#options
    if (this.#terminal && terminals.has(this.#terminal.id)) return this.#terminal
    this.#terminal = terminals.add({ kind: 'run', name: 'Run', cols, rows }, () => this.#ended())
    return this.#terminal
  }

  async #end(): Promise<void> {
    await this.#terminal?.end('SIGTERM', GRACE_MS)
  }

  #ended(): void {
    const exit = this.#terminal?.info.exit
    const exitCode = exit?.signal ? 128 + exit.signal : (exit?.code ?? null)
    this.#status = { ...this.#status, state: 'exited', exitCode, endedAt: Date.now() }
    this.#options.onChange()
  }
}
