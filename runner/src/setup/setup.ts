import { readFile, writeFile } from 'node:fs/promises'

import { RunnerError } from '../errors.ts'
import type { Trust } from '../git/remote.ts'
import { createSerial } from '../serial.ts'
import { withTemplateRun } from '../run/run-command.ts'
import type { TemplateRun } from '../run/run-command.ts'
import { digestOf, needsTrust, readRepositorySettings } from '../settings/repository-settings.ts'
import type { RepositorySettings, SetupStep } from '../settings/protocol.ts'
import { substitute } from '../settings/variables.ts'
import { settingsOfWorkTree } from '../settings/work-tree.ts'
import { shell } from '../terminals/terminals.ts'
import type { Terminal } from '../terminals/terminal.ts'
import type { Terminals } from '../terminals/terminals.ts'
import type { SetupStatus } from './protocol.ts'

/** Runs its arguments at the same time, by the shell that it is named; ends when all have, with the code of one that failed. */
const TOGETHER =
  'pids=; for command; do "$0" -c "$command" & pids="$pids $!"; done; code=0; for pid in $pids; do wait $pid || code=$?; done; exit $code'

/** The owner's word holds whatever the files say. */
export const ANYTHING = 'any'

const NOTHING: RepositorySettings = {
  files: [],
  run: null,
  ports: [],
  stack: null,
  image: null,
  imageStack: null,
  steps: [],
  environment: [],
  notSupported: [],
  problems: [],
}

export interface SetupOptions {
  /** The user's clone. */
  work: string
  workspace: string
  /** Where it is noted which commands have set this disk up. */
  marker: string
  /** What programs see before the repository's variables. */
  environment: Readonly<Record<string, string>>
  terminals: Terminals
  trust: () => Trust
  /** null when the workspace was made from none. */
  template: TemplateRun | null
  onChange: () => void
}

/** What the repository brings along: its commands run in a terminal of their own, and never before its owner trusts them. */
export class Setup {
  readonly #options: SetupOptions
  readonly #serial = createSerial()
  #settings = NOTHING
  #state: SetupStatus['state'] = 'none'
  #exitCode: number | null = null
  #terminal: Terminal | null = null
  #onExit: (() => void) | null = null
  /** Counts up: what ended because another attempt began says nothing. */
  #attempt = 0
  #last = ''

  constructor(options: SetupOptions) {
    this.#options = options
  }

  get status(): SetupStatus {
    const { terminals } = this.#options
    const open = this.#terminal !== null && terminals.has(this.#terminal.id)
    return {
      settings: this.#settings,
      digest: needsTrust(this.#settings) ? digestOf(this.#settings) : null,
      trusted: this.isTrusted,
      state: this.#settings.steps.length === 0 ? 'none' : this.#state === 'none' ? 'waiting' : this.#state,
      exitCode: this.#exitCode,
      terminalId: open ? (this.#terminal?.id ?? null) : null,
    }
  }

  /** The owner trusts the repository as its files are now. */
  get isTrusted(): boolean {
    const { trusted, reviewed } = this.#options.trust()
    return trusted && (reviewed === ANYTHING || reviewed === digestOf(this.#settings))
  }

  /** The repository's variables, for what starts now; none while it is not trusted. */
  get variables(): Record<string, string> {
    if (!this.isTrusted) return {}
    const context = this.#context
    return Object.fromEntries(
      this.#settings.environment.map(({ name, value }) => [name, substitute(value, context)]),
    )
  }

  /** The files may say something else now. */
  async refresh(): Promise<void> {
    const before = JSON.stringify(this.#settings.steps)
    const { work, template } = this.#options
    const settings = await readRepositorySettings(settingsOfWorkTree(work))
    // A template that somebody answers for asks for nothing.
    this.#settings = template?.asks ? { ...settings, run: withTemplateRun(settings.run, template) } : settings
    // How other commands ended says nothing about these.
    if (before !== JSON.stringify(this.#settings.steps) && this.#state !== 'running')
      this.#become('none', null)
    else this.#tell()
  }

  /** The platform may have told something else about the trust. */
  noticeTrust(): void {
    this.#tell()
  }

  /** The workspace is ready: what is trusted runs, and what is not waits. */
  async begin(cols: number, rows: number): Promise<void> {
    if (this.isTrusted && this.#settings.steps.length > 0) await this.#start(cols, rows, false)
  }

  /** Resolves when it has begun. Throws `not_trusted`, `limit_reached`. */
  async start(cols: number, rows: number, again: boolean): Promise<SetupStatus> {
    await this.refresh()
    if (!this.isTrusted) {
      throw new RunnerError(
        'not_trusted',
        'The files say something else now than what you trusted. Look at what would run, and trust that.',
      )
    }
    if (this.#settings.steps.length > 0 && (again || this.#state !== 'running'))
      await this.#start(cols, rows, again)
    return this.status
  }

  #start(cols: number, rows: number, again: boolean): Promise<void> {
    return this.#serial(async () => {
      this.#attempt += 1
      await this.#terminal?.end('SIGTERM')
      const { steps } = this.#settings
      const create = steps.filter(({ when }) => when === 'create')
      const mark = JSON.stringify(create.map(({ commands }) => commands))
      const isSetUp = !again && (await this.#readMark()) === mark
      const due = isSetUp ? steps.filter(({ when }) => when === 'start') : steps
      if (due.length === 0) {
        this.#become('done', null)
        return
      }
      const terminal = this.#openTerminal(cols, rows)
      this.#become('running', null)
      // What starts now may run for as long as the workspace: who asked is answered before.
      void this.#run(terminal, due, mark).catch(() => this.#become('failed', null))
    })
  }

  async #run(terminal: Terminal, due: SetupStep[], mark: string): Promise<void> {
    const attempt = this.#attempt
    for (const [index, step] of due.entries()) {
      const code = await this.#runStep(terminal, step)
      if (attempt !== this.#attempt || !this.#options.terminals.has(terminal.id)) {
        if (attempt === this.#attempt) this.#become('failed', code)
        return
      }
      if (code !== 0) {
        terminal.print(`\r\n\x1b[31m${step.key} of ${step.from} failed with exit code ${code}.\x1b[0m\r\n`)
        this.#become('failed', code)
        return
      }
      const next = due[index + 1]
      if (step.when === 'create' && next?.when !== 'create') await writeFile(this.#options.marker, mark)
    }
    terminal.print('\r\n\x1b[2mThe workspace is set up.\x1b[0m\r\n')
    this.#become('done', 0)
  }

  /** Resolves to the exit code, as a shell counts it. */
  async #runStep(terminal: Terminal, { key, from, commands }: SetupStep): Promise<number> {
    const { terminals } = this.#options
    const context = this.#context
    const texts = commands.map(({ command }) => substitute(command, context))
    terminal.print(`\x1b[1m${key}\x1b[0m\x1b[2m of ${from}\x1b[0m\r\n`)
    for (const text of texts) terminal.print(`\x1b[2m$ ${text.replaceAll('\n', '\r\n')}\x1b[0m\r\n`)
    const ended = new Promise<void>((resolve) => {
      this.#onExit = resolve
    })
    const args = texts.length === 1 ? ['-c', texts[0] ?? ''] : ['-c', TOGETHER, shell(), ...texts]
    terminals.start(terminal, { file: shell(), args })
    await ended
    const { code, signal } = terminal.info.exit ?? { code: 1, signal: null }
    return signal === null ? code : 128 + signal
  }

  #openTerminal(cols: number, rows: number): Terminal {
    const { terminals } = this.#options
    if (this.#terminal && terminals.has(this.#terminal.id)) {
      this.#terminal.resize(cols, rows)
      return this.#terminal
    }
    this.#terminal = terminals.add({ kind: 'setup', name: 'Setting up', cols, rows }, () => this.#onExit?.())
    return this.#terminal
  }

  get #context(): Parameters<typeof substitute>[1] {
    const { work, workspace, environment } = this.#options
    return { folder: work, workspace, environment }
  }

  async #readMark(): Promise<string | null> {
    return readFile(this.#options.marker, 'utf8').catch(() => null)
  }

  #become(state: SetupStatus['state'], exitCode: number | null): void {
    this.#state = state
    this.#exitCode = exitCode
    this.#tell()
  }

  #tell(): void {
    const text = JSON.stringify(this.status)
    if (text === this.#last) return
    this.#last = text
    this.#options.onChange()
  }
}
