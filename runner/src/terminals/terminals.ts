import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'

import { RunnerError } from '../errors.ts'
import type { RunnerEvents, TerminalInfo } from '../protocol.ts'
import { resolvePaths } from './resolve-paths.ts'
import { Terminal } from './terminal.ts'
import type { Command } from './terminal.ts'

const LIMIT = 64

type TerminalEvent = 'terminals.output' | 'terminals.resized' | 'terminals.replayed'

export interface TerminalsOptions {
  cwd: string
  /** As it is to be now: it may be another one for the next process. */
  env: () => Record<string, string>
  onChange: () => void
  /** Tells pages that look at a terminal. */
  send: <E extends TerminalEvent>(
    viewers: Iterable<string>,
    event: E,
    ...args: Parameters<RunnerEvents[E]>
  ) => void
}

/** The terminals of the workspace. They belong to the runner: closing the page does not end them. */
export class Terminals {
  readonly #options: TerminalsOptions
  readonly #terminals = new Map<string, Terminal>()
  /** Sessions that terminals led once: what was left running in them still belongs to the workspace. */
  readonly #sessions = new Set<number>()

  constructor(options: TerminalsOptions) {
    this.#options = options
  }

  get list(): TerminalInfo[] {
    return Array.from(this.#terminals.values(), (terminal) => terminal.info)
  }

  get sessions(): ReadonlySet<number> {
    return this.#sessions
  }

  /** Opens a shell. Not a login shell: the system's profile would put its own path before the workspace's. */
  open(cols: number, rows: number, name?: string): Terminal {
    const terminal = this.add({ kind: 'shell', name: name ?? this.#freeName(), cols, rows })
    this.start(terminal, { file: shell(), args: [] })
    return terminal
  }

  /** Makes a terminal without a process; `onExit` is called when one ends in it. Throws `limit_reached`. */
  add(init: Pick<TerminalInfo, 'kind' | 'name' | 'cols' | 'rows'>, onExit?: () => void): Terminal {
    if (this.#terminals.size >= LIMIT) {
      throw new RunnerError('limit_reached', `There are ${LIMIT} terminals already: close one first.`)
    }
    const id = randomBytes(6).toString('hex')
    const { send } = this.#options
    const terminal = new Terminal(
      { ...init, id },
      {
        onOutput: (viewers, data, offset) => send(viewers, 'terminals.output', { id, data, offset }),
        onResize: (viewers, cols, rows) => send(viewers, 'terminals.resized', { id, cols, rows }),
        onReplay: (viewer, replay) => send([viewer], 'terminals.replayed', replay),
        onExit: () => {
          onExit?.()
          this.#options.onChange()
        },
      },
    )
    this.#terminals.set(id, terminal)
    return terminal
  }

  start(terminal: Terminal, command: Pick<Command, 'file' | 'args'>, env: Command['env'] = {}): void {
    terminal.start({ ...command, cwd: this.#options.cwd, env: { ...this.#options.env(), ...env } })
    if (terminal.pid !== null) {
      this.#sessions.add(terminal.pid)
      sacrifice(terminal.pid)
    }
    this.#options.onChange()
  }

  /** Throws `not_found`. */
  get(id: string): Terminal {
    const terminal = this.#terminals.get(id)
    if (!terminal) throw new RunnerError('not_found', 'That terminal was closed.')
    return terminal
  }

  has(id: string): boolean {
    return this.#terminals.has(id)
  }

  /** A new shell in a terminal whose shell ended. Throws `not_found`. */
  restart(id: string): TerminalInfo {
    const terminal = this.get(id)
    if (terminal.kind === 'shell' && terminal.pid === null) this.start(terminal, { file: shell(), args: [] })
    return terminal.info
  }

  /** Files that are meant by paths on the screen of a terminal; null for what is none. Throws `not_found`. */
  resolve(id: string, paths: string[]): Promise<(string | null)[]> {
    return resolvePaths(this.#options.cwd, this.get(id).pid, paths)
  }

  rename(id: string, name: string): void {
    this.get(id).name = name
    this.#options.onChange()
  }

  /** Ends what runs in the terminal and forgets it. Throws `not_found`. */
  async close(id: string): Promise<void> {
    const terminal = this.get(id)
    this.#terminals.delete(id)
    this.#options.onChange()
    await terminal.end()
    terminal.dispose()
  }

  detachAll(viewer: string): void {
    for (const terminal of this.#terminals.values()) terminal.detach(viewer)
  }

  async closeAll(): Promise<void> {
    await Promise.all(Array.from(this.#terminals.keys(), (id) => this.close(id)))
  }

  #freeName(): string {
    const taken = new Set(this.list.map((info) => info.name))
    let number = 1
    while (taken.has(`Terminal ${number}`)) number += 1
    return `Terminal ${number}`
  }
}

/** When memory runs out the kernel is to end what people started, and not the runner that saves their work. */
function sacrifice(pid: number): void {
  // Whoever starts later inherits it. Where there is no such file the kernel decides by size alone.
  writeFile(`/proc/${pid}/oom_score_adj`, '500').catch(() => undefined)
}

/** bash where there is one. */
export function shell(): string {
  return existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh'
}
