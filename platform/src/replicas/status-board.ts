import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { z } from 'zod'
import { BackOff } from '../engines/kubernetes/cluster/back-off.ts'
import type { Cluster } from '../engines/kubernetes/cluster/cluster.ts'
import { configMapTarget, putConfigMap } from '../engines/kubernetes/cluster/config-map.ts'
import type { KubeObject } from '../engines/kubernetes/cluster/objects.ts'
import type { States, Work } from '../reconciler/states.ts'

export const STATUS = 'codenest-status'
/** Milliseconds between two writes, and one more for each so many characters: the cluster keeps and sends all of it. */
const PAUSE = 50
const CHARACTERS = 100
const FAILURES = { first: 100, longest: 5_000 }
/** Characters; an object of the cluster has a megabyte at most. */
const MOST = 600_000

const Board = z.object({
  /** Where the leader listens. */
  leader: z.string(),
  work: z.array(
    z.tuple([
      z.string(),
      z.object({
        busy: z.enum(['starting', 'stopping', 'deleting']).optional(),
        failure: z.object({ code: z.string(), message: z.string(), at: z.number() }).optional(),
        fetching: z.string().optional(),
      }),
    ]),
  ),
})
export type Board = z.infer<typeof Board>

export interface StatusBoardOptions {
  cluster: Cluster
  namespace: string
  /** Called with what the leader has written, be that this process or another. */
  onChange: () => void
  signal: AbortSignal
  log: Logger
}

/** What the leader knows and nobody else can see: one object of the cluster, which it writes and all others watch. */
export class StatusBoard {
  readonly #options: StatusBoardOptions
  readonly synced: Promise<void>
  #board: Board | null = null

  constructor(options: StatusBoardOptions) {
    this.#options = options
    const { cluster, namespace, onChange, signal } = options
    const { synced } = cluster.watch<Board | null>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      fieldSelector: `metadata.name=${STATUS}`,
      project: toBoard,
      onChange: ({ type, value }) => {
        this.#board = type === 'set' ? value : null
        onChange()
      },
      signal,
    })
    this.synced = synced
  }

  /** null until somebody has led. */
  get board(): Board | null {
    return this.#board
  }

  /** Writes what `states` knows whenever it has changed, until `signal` aborts; never rejects. */
  async keep(leader: string, states: States, signal: AbortSignal, isHeld: () => boolean): Promise<void> {
    const { cluster, namespace, log } = this.#options
    const backOff = new BackOff(FAILURES)
    const target = configMapTarget(namespace, STATUS)
    let changed = Promise.withResolvers<void>()
    const wake = (): void => changed.resolve()
    using _subscription = states.subscribe(wake)
    signal.addEventListener('abort', wake, { once: true })
    let written = ''
    while (isHeld() && !signal.aborted)
      try {
        changed = Promise.withResolvers()
        const board = JSON.stringify({ leader, work: within(states.work, MOST) } satisfies Board)
        if (board !== written) {
          await putConfigMap(cluster, target, { board }, signal)
          written = board
          backOff.reset()
          await delay(PAUSE + board.length / CHARACTERS, undefined, { signal })
        }
        await changed.promise
      } catch (error) {
        if (signal.aborted) return
        log.warn({ err: error }, 'the other replicas could not be told how workspaces are')
        await backOff.pause(signal).catch(() => {})
      }
  }
}

/** What is under way is said before what has failed, if there is no room for all. */
function within(work: Map<string, Work>, most: number): Board['work'] {
  let length = 0
  return [...work]
    .toSorted(([, a], [, b]) => Number(b.busy !== undefined) - Number(a.busy !== undefined))
    .filter((entry) => (length += JSON.stringify(entry).length + 1) <= most)
}

/** null for what another version of the platform has written. */
function toBoard({ data }: KubeObject): Board | null {
  try {
    return Board.parse(JSON.parse((data as { board: string }).board))
  } catch {
    return null
  }
}
