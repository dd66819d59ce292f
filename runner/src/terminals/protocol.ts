/** The wire of terminals. Spread into `../protocol.ts`. */
import { z } from 'zod'

/** Largest piece of terminal input in one event, in UTF-16 units; the page splits pastes. */
export const MAX_TERMINAL_INPUT = 64 * 1024
/** The page acknowledges terminal output in steps of this many UTF-16 units. */
export const TERMINAL_ACK_EVERY = 32_768

const Columns = z.number().int().min(2).max(1000)
const Rows = z.number().int().min(1).max(500)
export const TerminalSize = z.strictObject({ cols: Columns, rows: Rows })
const TerminalId = z.string().regex(/^[a-z0-9]{1,32}$/)
/** A page's own name for one of its screens; it stays the same when its connection is lost and made anew. */
const Client = z.string().regex(/^[A-Za-z0-9-]{1,64}$/)

export const terminalRequests = {
  /** → `TerminalInfo`. The caller still has to attach. */
  'terminals.create': z.strictObject({
    name: z.string().min(1).max(60).optional(),
    cols: Columns,
    rows: Rows,
  }),
  /**
   * Subscribes this connection to a terminal's output. → `TerminalReplay`. With `offset` (all output up to it
   * is on the viewer's screen) only what came after is sent, if it is still kept. The terminal has the size of the
   * viewer that was the last to `lead`: its user works in it.
   */
  'terminals.attach': z.strictObject({
    id: TerminalId,
    cols: Columns,
    rows: Rows,
    client: Client.optional(),
    lead: z.boolean().optional(),
    offset: z.number().int().min(0).optional(),
  }),
  'terminals.detach': z.strictObject({ id: TerminalId }),
  /** With `piece`, a piece that was taken already is not taken again: after a lost connection all may be sent again. */
  'terminals.input': z.strictObject({
    id: TerminalId,
    data: z.string().max(MAX_TERMINAL_INPUT),
    piece: z.strictObject({ client: Client, number: z.number().int().min(1) }).optional(),
  }),
  /** What the viewer's screen answers to a question of a program; taken from the viewer that leads only. */
  'terminals.answer': z.strictObject({ id: TerminalId, data: z.string().max(4096) }),
  /** The size that suits the viewer. */
  'terminals.resize': z.strictObject({
    id: TerminalId,
    cols: Columns,
    rows: Rows,
    lead: z.boolean().optional(),
  }),
  /** Flow control: this many more UTF-16 units of output are on the viewer's screen. */
  'terminals.acknowledge': z.strictObject({ id: TerminalId, chars: z.number().int().min(1).max(10_000_000) }),
  'terminals.rename': z.strictObject({ id: TerminalId, name: z.string().min(1).max(60) }),
  /** Starts a new shell in a terminal whose shell ended. → `TerminalInfo` */
  'terminals.restart': z.strictObject({ id: TerminalId }),
  /** Which files of the workspace are meant by paths on a terminal's screen. → `(string | null)[]`, in the same order */
  'terminals.resolve': z.strictObject({
    id: TerminalId,
    paths: z.array(z.string().min(1).max(1024)).max(32),
  }),
  /** Ends the process if it still runs and forgets the terminal. */
  'terminals.close': z.strictObject({ id: TerminalId }),
} as const

export interface TerminalInfo {
  id: string
  name: string
  /** `run` is the one that the Run button owns, `setup` those in which the repository's own commands run. */
  kind: 'shell' | 'run' | 'setup'
  cols: number
  rows: number
  /** null while the process lives. Times in milliseconds since the epoch. */
  exit: { code: number; signal: number | null; startedAt: number; endedAt: number } | null
}

/** Output while the terminal had one size. */
export interface ReplayPart {
  cols: number
  rows: number
  data: string
}

export interface TerminalReplay {
  info: TerminalInfo
  /** True: `parts` make the screen out of an empty one. False: they continue at the asked offset. */
  reset: boolean
  parts: ReplayPart[]
  /** Offset after `parts`, counted in UTF-16 units since the terminal was made. */
  offset: number
}

export interface TerminalReplyValues {
  'terminals.create': TerminalInfo
  'terminals.attach': TerminalReplay
  'terminals.detach': Record<string, never>
  'terminals.input': Record<string, never>
  'terminals.answer': Record<string, never>
  'terminals.resize': Record<string, never>
  'terminals.acknowledge': Record<string, never>
  'terminals.rename': Record<string, never>
  'terminals.restart': TerminalInfo
  'terminals.resolve': (string | null)[]
  'terminals.close': Record<string, never>
}
