import type { RunStatus, TerminalInfo } from '@codenest/runner/protocol'
import { createEffect, createMemo, createSignal, onCleanup, type Accessor } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { Connection } from './connection.ts'
import { readStored, writeStored } from './storage.ts'

export interface TerminalSize {
  cols: number
  rows: number
}

export interface Terminals {
  all: TerminalInfo[]
  activeId: Accessor<string | null>
  activate: (id: string) => void
  /** Those that are shown side by side with the active one, itself among them; kept per workspace. */
  group: Accessor<string[]>
  /** Opens a terminal and shows it, alone or (`split`) beside the active one. */
  create: (split?: boolean) => Promise<void>
  rename: (id: string, name: string) => Promise<void>
  close: (id: string) => Promise<void>
  /** A new shell where one has ended. */
  restart: (id: string) => Promise<void>
  /** Last known size of the panel, for terminals that are about to be made. */
  size: () => TerminalSize
  setSize: (size: TerminalSize) => void
  /** UTF-16 units that were typed and have not arrived. */
  waiting: Accessor<number>
  setWaiting: (id: string, units: number) => void
  /** Something was drawn in one of them. */
  noticeDrawn: () => void
}

/** The terminals of the workspace. They live in the runner: a reload or another page finds the same ones. */
export function createTerminals(
  connection: Connection,
  workspace: string,
  noticeDrawn: () => void,
): Terminals {
  const [state, setState] = createStore<{ all: TerminalInfo[] }>({ all: [] })
  const [chosen, choose] = createSignal<string | null>(null)
  let size: TerminalSize = { cols: 100, rows: 14 }
  const waiting = new Map<string, number>()
  const [allWaiting, setAllWaiting] = createSignal(0)

  const take = (all: TerminalInfo[]) => setState('all', reconcile(all, { key: 'id' }))
  onCleanup(connection.on('hello', (hello) => take(hello.terminals)))
  onCleanup(connection.on('terminals.changed', take))
  const activeId = createMemo(() => {
    const wanted = chosen()
    return state.all.some((terminal) => terminal.id === wanted) ? wanted : (state.all.at(-1)?.id ?? null)
  })

  const splitsKey = `codenest.splits.${workspace}`
  const [splits, setSplits] = createSignal<string[][]>(readStored(splitsKey, isSplits) ?? [])
  createEffect(() => writeStored(splitsKey, splits()))
  const group = createMemo(() => {
    const id = activeId()
    if (id === null) return []
    const found = splits().find((each) => each.includes(id)) ?? [id]
    return found.filter((each) => state.all.some((terminal) => terminal.id === each))
  })

  return {
    group,
    get all() {
      return state.all
    },
    activeId,
    activate: choose,
    create: async (split = false) => {
      const beside = split ? group() : []
      const made = await connection.request('terminals.create', size)
      if (beside.length > 0) {
        const others = splits().filter((each) => !each.some((id) => beside.includes(id)))
        setSplits([...others, [...beside, made.id]])
      }
      if (!state.all.some((terminal) => terminal.id === made.id)) setState('all', (all) => [...all, made])
      choose(made.id)
    },
    rename: async (id, name) => {
      await connection.request('terminals.rename', { id, name })
    },
    close: async (id) => {
      await connection.request('terminals.close', { id })
    },
    restart: async (id) => {
      await connection.request('terminals.restart', { id })
    },
    size: () => size,
    setSize: (next) => {
      size = next
    },
    noticeDrawn,
    waiting: allWaiting,
    setWaiting: (id, units) => {
      waiting.set(id, units)
      setAllWaiting([...waiting.values()].reduce((sum, each) => sum + each, 0))
    },
  }
}

export interface Run {
  status: Accessor<RunStatus>
  /** A start or stop has been asked for and not been answered. */
  busy: Accessor<boolean>
  start: () => Promise<void>
  stop: () => Promise<void>
  /** Says how the workspace is run from now on, in its settings file; '' leaves it to the template or the files. */
  configure: (command: string) => Promise<void>
}

const idle: RunStatus = {
  state: 'idle',
  command: null,
  from: null,
  held: false,
  terminalId: null,
  exitCode: null,
  startedAt: null,
  endedAt: null,
}

export function createRun(connection: Connection, size: () => TerminalSize): Run {
  const [status, setStatus] = createSignal<RunStatus>(idle)
  const [busy, setBusy] = createSignal(false)
  onCleanup(connection.on('hello', (hello) => setStatus(hello.run)))
  onCleanup(connection.on('run.changed', setStatus))

  const ask = async (request: () => Promise<RunStatus>) => {
    setBusy(true)
    try {
      setStatus(await request())
    } finally {
      setBusy(false)
    }
  }
  return {
    status,
    busy,
    start: () => ask(() => connection.request('run.start', size())),
    stop: () => ask(() => connection.request('run.stop', {})),
    configure: (command) =>
      ask(() => connection.request('run.configure', { saveId: crypto.randomUUID(), command })),
  }
}

function isSplits(value: unknown): value is string[][] {
  return (
    Array.isArray(value) &&
    value.every((each) => Array.isArray(each) && each.every((id) => typeof id === 'string'))
  )
}
