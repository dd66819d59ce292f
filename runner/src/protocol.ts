/**
 * The wire between the page and a runner: Socket.io events with zod schemas.
 *
 * Requests carry one payload and are answered through Socket.io's acknowledgement with a `Reply`.
 * Everything a runner tells unasked is an event of `RunnerEvents`; the first one on every connection is
 * `hello`, a snapshot from which the others are deltas.
 */
import { z } from 'zod'

import { fileRequests } from './files/protocol.ts'
import type { FileReplyValues } from './files/protocol.ts'
import { IdleSettings, idleRequests } from './idle/protocol.ts'
import type { IdleReplyValues, IdleStatus } from './idle/protocol.ts'
import { searchRequests } from './search/protocol.ts'
import type { Found, SearchReplyValues } from './search/protocol.ts'
import { gitRequests } from './source-control/protocol.ts'
import type { GitProblem, GitReplyValues } from './source-control/protocol.ts'
import type { SetupStatus } from './setup/protocol.ts'
import { terminalRequests, TerminalSize } from './terminals/protocol.ts'
import type { TerminalInfo, TerminalReplay, TerminalReplyValues } from './terminals/protocol.ts'
import { FilePath } from './workspace-path.ts'

export { FILES_PREFIX } from './files/protocol.ts'
export type * from './files/protocol.ts'
export type * from './idle/protocol.ts'
export type * from './search/protocol.ts'
export type * from './settings/protocol.ts'
export type * from './setup/protocol.ts'
export type * from './source-control/protocol.ts'
export { MAX_TERMINAL_INPUT, TERMINAL_ACK_EVERY } from './terminals/protocol.ts'
export type * from './terminals/protocol.ts'

/** Largest text file that is sent to or saved from the editor, in bytes of UTF-8. */
export const MAX_TEXT_FILE_BYTES = 5 * 1024 * 1024
/** Largest file that a save holds, in bytes; larger ones are told in `SavesStatus.notKept`. */
export const MAX_SAVED_FILE_BYTES = 100 * 1024 * 1024

const Oid = z.string().regex(/^[0-9a-f]{40}$/)
const SaveId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

/** Payloads of requests, by event name. */
export const requests = {
  /** Answered at once: whether the connection still works. → `{}` */
  'connection.check': z.strictObject({}),
  ...fileRequests,
  ...searchRequests,
  /**
   * Writes a file and commits it to the save ref. Answered when file and commit are on the runner's disk; before that
   * `saves.changed` lists `saveId` as pending, and no longer once the commit is durable in the remote.
   * `baseVersion` is the version the editor started from, null for a new file; if the file on disk differs
   * the save is refused with `file_changed` and nothing is written. → `{ version: string }`
   */
  'saves.save': z.strictObject({
    saveId: SaveId,
    path: FilePath,
    content: z.string().max(MAX_TEXT_FILE_BYTES),
    baseVersion: z.string().max(64).nullable(),
  }),
  /**
   * Brings the file or folder at `path` (null: the whole workspace) back to what it was in the save or commit
   * `commit`, as a new save; nothing is rewritten. What is not in that commit is deleted. → `{}`
   */
  'saves.restore': z.strictObject({ saveId: SaveId, commit: Oid, path: FilePath.nullable() }),
  /**
   * Takes the saves of another session in, up to `commit`: `merge` merges them into the work tree (conflicts are
   * marked in the files), `mine` only notes that they were looked at. → `{ conflicts: string[] }`
   */
  'saves.merge': z.strictObject({ saveId: SaveId, commit: Oid, keep: z.enum(['merge', 'mine']) }),
  /** Settings of the workspace that hold from now on; the platform keeps them. → `{}` */
  'saves.configure': z.strictObject({ ignoredFiles: z.enum(['keep', 'local']) }),
  /** Takes a branch that was pushed from elsewhere: `merge` merges it, `mine` replaces it by the clone's. → `{}` */
  'incoming.resolve': z.strictObject({ branch: z.string().min(1).max(255), keep: z.enum(['merge', 'mine']) }),
  ...terminalRequests,
  /** Runs the workspace's run command in the terminal named "Run"; a run that is under way is stopped first. → `RunStatus` */
  'run.start': TerminalSize,
  /** → `RunStatus` */
  'run.stop': z.strictObject({}),
  /**
   * Writes the run command into `.codenest.yaml`, as a save; an empty one takes it out again, so that what the template
   * or the files say holds. → `RunStatus`
   */
  'run.configure': z.strictObject({ saveId: SaveId, command: z.string().max(4000) }),
  /**
   * Asks the platform again whether its owner trusts the repository, and runs the commands that set the workspace up if
   * they did not run on this disk, or with `again` anyway. Refused with `not_trusted`. → `SetupStatus`
   */
  'setup.start': TerminalSize.extend({ again: z.boolean() }),
  ...gitRequests,
  ...idleRequests,
} as const

export type RequestName = keyof typeof requests
export type RequestPayload<N extends RequestName> = z.infer<(typeof requests)[N]>

export interface RunStatus {
  state: 'idle' | 'running' | 'exited'
  /** What the next start runs; null when it is not known how the workspace is run. */
  command: string | null
  /** The file that says so, or that it was concluded from: `template.yaml`, `.codenest.yaml`, `package.json`, … */
  from: string | null
  /** The repository says it itself, and its owner has not trusted it: a start is refused with `not_trusted`. */
  held: boolean
  terminalId: string | null
  exitCode: number | null
  /** Milliseconds since the epoch. */
  startedAt: number | null
  endedAt: number | null
}

export interface PortInfo {
  port: number
  /** Name of the process that listens, null when it cannot be told. */
  process: string | null
  /** What it listens on, as it was asked to: `0.0.0.0` and `::` are all addresses. */
  addresses: string[]
  /** Milliseconds since the epoch. A server that was started anew has another one, however short it was away. */
  openedAt: number
}

export interface SavesStatus {
  /** `durable`: the remote has everything. `saving`: a push is due or under way. `failing`: the last push failed, it is retried. */
  state: 'durable' | 'saving' | 'failing'
  /** Ids of editor saves that are not yet durable, oldest first. */
  pending: string[]
  /** Last commit that the remote has acknowledged on this session's save ref; null before the first. */
  commit: string | null
  /** The ref that saves of this session go to. */
  ref: string
  /** Milliseconds since the epoch of the last acknowledgement. */
  durableAt: number | null
  /** What happened, why and what is done about it; only when `failing`. */
  problem: string | null
  /** What waits on the workspace's disk for the remote. */
  queue: SaveQueue
  /** Files of the work tree that no save holds, at most 100 of them. */
  notKept: NotKept[]
}

export interface SaveQueue {
  saves: number
  bytes: number
  /** Most bytes that may wait; beyond it changes stay in the files alone until the remote is back. */
  limit: number
}

/** A file that is on the workspace's disk only, though one might think that it was saved. */
export interface NotKept {
  path: string
  /**
   * `ignored`: saved in the editor, but git ignores it and the workspace's setting is to leave such files local.
   * `repository`: a nested repository of which only the files are kept.
   */
  reason: 'too_large' | 'ignored' | 'unreadable' | 'repository'
  /** One sentence for a person: `too large to keep: 140 MB, limit 100 MB`. */
  message: string
}

/** A branch of the workspace's remote that was pushed from elsewhere and could not simply be followed. */
export interface Incoming {
  /** Short name. In the clone, the pushed commit is `refs/remotes/codenest/<branch>`. */
  branch: string
  commit: string
  /** How many commits the clone's branch lacks. */
  behind: number
  /** How many commits of the clone's branch the pushed one lacks. */
  ahead: number
  /** One sentence for a person: why it was not simply taken. */
  message: string
}

/** `cloning` → `restoring` → `ready`, or `failed`. Files, terminals and saves are refused with `not_ready` before `ready`. */
export const STAGES = ['starting', 'cloning', 'restoring', 'ready', 'failed', 'stopping'] as const

export interface StageStatus {
  stage: (typeof STAGES)[number]
  /** One sentence for a person, null when the stage speaks for itself. */
  detail: string | null
}

export interface FileChange {
  /** '' when anything may have changed. */
  path: string
  kind: 'created' | 'changed' | 'deleted'
}

export interface Hello {
  workspace: string
  stage: StageStatus
  saves: SavesStatus
  run: RunStatus
  setup: SetupStatus
  ports: PortInfo[]
  terminals: TerminalInfo[]
  head: HeadStatus
  incoming: Incoming[]
  idle: IdleStatus
}

/** Where the user's clone stands. */
export interface HeadStatus {
  /** Short branch name; null when detached. */
  branch: string | null
  /** null on an unborn branch. */
  commit: string | null
  /** What came before the newest commit is still on its way here. */
  arriving: boolean
}

/** Events a runner sends, by name. */
export interface RunnerEvents {
  hello: (hello: Hello) => void
  'stage.changed': (stage: StageStatus) => void
  'files.changed': (changes: FileChange[]) => void
  /** To the connection that searches alone. */
  'search.found': (found: Found) => void
  'saves.changed': (saves: SavesStatus) => void
  'head.changed': (head: HeadStatus) => void
  'incoming.changed': (incoming: Incoming[]) => void
  /** What `git.status` tells may be different; the number grows each time. */
  'git.changed': (change: number) => void
  'terminals.changed': (terminals: TerminalInfo[]) => void
  /** `offset` is the position after `data`. */
  'terminals.output': (output: { id: string; data: string; offset: number }) => void
  /** The size of the terminal from this place of its output on. */
  'terminals.resized': (size: { id: string; cols: number; rows: number }) => void
  /** To a viewer that was too slow and was left out: its output goes on behind this. */
  'terminals.replayed': (replay: TerminalReplay) => void
  'run.changed': (run: RunStatus) => void
  'setup.changed': (setup: SetupStatus) => void
  'ports.changed': (ports: PortInfo[]) => void
  'idle.changed': (idle: IdleStatus) => void
}

export type RunnerErrorCode =
  | 'bad_request'
  | 'not_ready'
  | 'not_found'
  | 'already_exists'
  | 'outside_workspace'
  | 'not_a_file'
  | 'not_a_folder'
  | 'binary_file'
  | 'file_too_large'
  | 'file_changed'
  | 'disk_full'
  | 'no_run_command'
  | 'not_trusted'
  | 'limit_reached'
  /** git said no; `git` of the error has its own words. */
  | 'git_refused'
  | 'internal'

export type Reply<T> =
  | { ok: true; value: T }
  | { ok: false; error: { code: RunnerErrorCode; message: string; git?: GitProblem } }

export interface ReplyValues
  extends FileReplyValues, GitReplyValues, IdleReplyValues, SearchReplyValues, TerminalReplyValues {
  'connection.check': Record<string, never>
  'saves.save': { version: string }
  'saves.restore': Record<string, never>
  'saves.merge': { conflicts: string[] }
  'saves.configure': Record<string, never>
  'incoming.resolve': Record<string, never>
  'run.start': RunStatus
  'run.stop': RunStatus
  'run.configure': RunStatus
  'setup.start': SetupStatus
}

/** Events a page sends; every one is answered. */
export type PageEvents = {
  [N in RequestName]: (payload: RequestPayload<N>, reply: (reply: Reply<ReplyValues[N]>) => void) => void
}

/**
 * What an engine hands to a runner, as one line of JSON: the only input a runner trusts.
 * It holds no cloud credentials; `remote.token` opens one repository.
 */
export const RunnerConfig = z.strictObject({
  workspace: z.string().min(1),
  /** ULID of this start; names the save ref `refs/codenest/saves/<session>`. */
  session: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/),
  remote: z.strictObject({
    /** `http://…/git/<repo>.git` */
    url: z.url(),
    token: z.string().min(1),
    /** POST with the current token as bearer → `{ token, expiresAt }`; asked before the token expires. */
    renewUrl: z.url(),
    /** GET with the token as bearer → a stream with a `change` whenever somebody else moved a ref. */
    eventsUrl: z.url(),
    /** POST with the token as bearer: nobody uses the workspace any more, it should be stopped. */
    idleUrl: z.url(),
    /** POST with the token as bearer → `{ variables, trust }`: what programs in terminals see, and the owner's word. */
    environmentUrl: z.url().optional(),
    /** Milliseconds since the epoch. */
    expiresAt: z.number().int(),
  }),
  /** Where the platform is reached by a Unix socket alone: `remote` names this port of the runner's own loopback. */
  door: z
    .strictObject({ port: z.number().int().min(1).max(65535), socket: z.string().startsWith('/') })
    .optional(),
  /** The repository is large: a first start shows its newest commit, and the history follows. */
  tipFirst: z.boolean().default(false),
  /** URL of the upstream the workspace was opened from, set as `origin` of the clone. */
  upstream: z.string().nullable(),
  author: z.strictObject({ name: z.string().min(1), email: z.string().min(1) }),
  /** What becomes of ignored files that are saved in the editor: they go into the save, or stay on this disk. */
  ignoredFiles: z.enum(['keep', 'local']).default('keep'),
  idle: IdleSettings,
  /** Made from a template, which says how it is run; without a word on it, what has no upstream is. */
  template: z.boolean().optional(),
  /** Nobody answers for the template: what it says waits for the owner's trust, as what a repository says does. */
  asks: z.boolean().optional(),
  /** Shell command of the Run button, null when there is none. */
  run: z.string().nullable(),
  /** Runs it as soon as the workspace is ready: somebody waits for the app. */
  runAtStart: z.boolean().default(false),
  /** Preferred ports of the app, first is the preview's default; `PORT` is set to the first. */
  ports: z.array(z.number().int().min(1).max(65535)).max(16),
  /** Absolute; the user's clone is `<root>/work`, the runner's own state `<root>/state`. */
  root: z.string().startsWith('/'),
  /** Unix socket path or TCP port to listen on; of all addresses, or of `host` alone. */
  listen: z.union([
    z.strictObject({ socket: z.string().startsWith('/') }),
    z.strictObject({ port: z.number().int(), host: z.string().optional() }),
  ]),
  access: z.strictObject({
    /** Ed25519 public key (JWK) of the platform: every connection shows a token signed by it, audience `runner:<workspace>`. */
    publicKey: z.record(z.string(), z.unknown()),
    /** Exact Origin of the page, e.g. `http://localhost:4000`. */
    origin: z.string(),
  }),
})
export type RunnerConfig = z.infer<typeof RunnerConfig>
