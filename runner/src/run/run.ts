import { randomUUID } from 'node:crypto'

import { RunnerError } from '../errors.ts'
import { endMarked } from '../processes/process-table.ts'
import type { RunStatus } from '../protocol.ts'
import { createSerial } from '../serial.ts'
import { shell } from '../terminals/terminals.ts'
import type { Terminals } from '../terminals/terminals.ts'
import type { Terminal } from '../terminals/terminal.ts'
import { readRunCommand } from './run-command.ts'
import type { RunCommand, TemplateRun } from './run-command.ts'

const GRACE_MS = 3_000
/** A variable that all processes of a run inherit. */
const MARK = 'CODENEST_RUN'
/** An app that was killed may have left the alternate screen on, the cursor hidden or mouse reports on. */
const RESET_MODES = '\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?2004l\x1b[0m'

export interface RunOptions {
  /** The folder of the app. */
  work: string
  /** null when the workspace was made from none. */
  template: TemplateRun | null
  terminals: Terminals
  /** Whether the owner trusts what the repository says. */
  isTrusted: () => boolean
  onChange: () => void
}

/** The Run button: one command at a time, always in the same terminal. */
export class Run {
  readonly #options: RunOptions
  readonly #serial = createSerial()
  #terminal: Terminal | null = null
  #command: RunCommand | null = null
  /** What a person typed in the page is their own, whatever is thought of the repository. */
  #typed: string | null = null
  /** Marks the processes of this run, wherever they went. */
  #mark = ''
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
    const { terminals } = this.#options
    const open = this.#terminal !== null && terminals.has(this.#terminal.id)
    return {
      ...this.#status,
      command: this.#command?.command ?? null,
      from: this.#command?.from ?? null,
      held: this.#isHeld,
      terminalId: open ? (this.#terminal?.id ?? null) : null,
    }
  }

  get #isHeld(): boolean {
    const { isTrusted } = this.#options
    return this.#command?.declared === true && this.#command.command !== this.#typed && !isTrusted()
  }

  /** The person at the page has said it this way. */
  type(command: string): void {
    this.#typed = command.trim()
  }

  /** The files may say something else now about how the app is run. */
  async refresh(): Promise<void> {
    const { work, template, onChange } = this.#options
    const found = await readRunCommand(work, template)
    if (found?.command === this.#command?.command && found?.from === this.#command?.from) return
    this.#command = found
    onChange()
  }

  /** Stops what runs and starts anew. Throws `no_run_command`, `limit_reached`. */
  start(cols: number, rows: number): Promise<RunStatus> {
    return this.#serial(async () => {
      const { terminals, onChange } = this.#options
      await this.refresh()
      const command = this.#command?.command
      if (command === undefined) {
        throw new RunnerError(
          'no_run_command',
          'It is not known how to run this workspace: say it beside the Run button, or start the app in a terminal.',
        )
      }
      if (this.#isHeld) {
        throw new RunnerError(
          'not_trusted',
          `The command comes from ${this.#command?.from} of a repository that you have not trusted. Look at what it would run, and trust it first.`,
        )
      }
      await this.#end()
      const terminal = this.#openTerminal(cols, rows)
      terminal.resize(cols, rows)
      terminal.print(`${RESET_MODES}\r\x1b[2m$ ${command.replaceAll('\n', '\r\n')}\x1b[0m\r\n`)
      this.#status = { state: 'running', exitCode: null, startedAt: Date.now(), endedAt: null }
      this.#mark = randomUUID()
      terminals.start(terminal, { file: shell(), args: ['-c', command] }, { [MARK]: this.#mark })
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
    // A server that made itself a daemon left the terminal's session, and would keep its port.
    if (this.#mark !== '') await endMarked(MARK, this.#mark, 'SIGTERM', GRACE_MS)
  }

  #ended(): void {
    const exit = this.#terminal?.info.exit
    const exitCode = exit?.signal ? 128 + exit.signal : (exit?.code ?? null)
    this.#status = { ...this.#status, state: 'exited', exitCode, endedAt: Date.now() }
    this.#options.onChange()
  }
}
