import { mkdir } from 'node:fs/promises'

import { isComplete } from './clone/open-workspace.ts'
import { lockDisk } from './disk-lock.ts'
import { toRunnerError } from './errors.ts'
import { createFileTickets } from './files/transfer/tickets.ts'
import { Remote, RemoteError } from './git/remote.ts'
import { Environment } from './environment.ts'
import { Idle } from './idle/idle.ts'
import { createJobs } from './idle/jobs.ts'
import { createLayout } from './layout.ts'
import type { Logger } from './log.ts'
import type { Mask } from './mask.ts'
import { Ports } from './ports/ports.ts'
import type { Hello, RunnerConfig, SavesStatus, StageStatus, TerminalInfo } from './protocol.ts'
import { concernsRun } from './run/run-command.ts'
import { Run } from './run/run.ts'
import { Setup } from './setup/setup.ts'
import { createAccess } from './server/access.ts'
import { createFileServer } from './server/file-server.ts'
import { createHandlers } from './server/handlers.ts'
import { createHealth } from './server/health.ts'
import { startHttpServer } from './server/http-server.ts'
import { createSocketServer } from './server/socket-server.ts'
import { workspaceEnvironment } from './terminals/environment.ts'
import { writeShellProfile } from './terminals/shell-profile.ts'
import { Terminals } from './terminals/terminals.ts'
import { createWorkspace } from './workspace.ts'
import type { Workspace } from './workspace.ts'

/** Of a terminal that nobody has looked at yet. */
const UNSEEN = { cols: 120, rows: 30 }

export interface Runner {
  /** TCP port that it listens on; null on a Unix socket. */
  port: number | null
  /** Aborts when another runner waits for this one's disk. */
  displaced: AbortSignal
  /**
   * Saves and pushes a last time, for as long as that may take, and gives everything back. False when the remote does
   * not have everything.
   */
  stop(milliseconds: number): Promise<boolean>
}

/**
 * Builds the whole runner. Resolves as soon as it listens; clone and restore go on, and `onStage` tells how far they
 * are. Throws when it cannot listen or the config's key is no key.
 */
export async function startRunner(
  config: RunnerConfig,
  log: Logger,
  mask: Mask,
  onStage: (stage: StageStatus) => void,
): Promise<Runner> {
  const layout = createLayout(config.root)
  const opening = new AbortController()
  let stage: StageStatus = { stage: 'starting', detail: null }
  let workspace: Workspace | null = null
  let lastSaves = ''

  await mkdir(config.root, { recursive: true })
  const lock = await lockDisk(layout.lock)
  await mkdir(layout.work, { recursive: true })
  await mkdir(layout.home, { recursive: true })
  await writeShellProfile(layout.home, config.workspace, layout.work)
  const access = await createAccess(config)
  const tickets = createFileTickets()
  mask.hide([config.remote.token])
  const remote = new Remote(config.remote, log)
  const asks = config.asks === true
  const environment = new Environment(remote, mask, log, config.upstream === null && !asks)
  const fixed = workspaceEnvironment(process.env, layout.home, config)
  const terminals = new Terminals({
    cwd: layout.work,
    env: () => ({ ...fixed, ...setup.variables, ...environment.values }),
    onChange: tellTerminals,
    send: (viewers, event, ...args) => sockets.send(viewers, event, ...args),
  })
  // A repository's own files say it, and better than whoever looked at them before.
  const isFromTemplate = config.template ?? config.upstream === null
  const template = isFromTemplate ? { command: config.run, asks } : null
  const setup = new Setup({
    work: layout.work,
    template,
    workspace: config.workspace,
    marker: layout.setUp,
    environment: fixed,
    terminals,
    trust: () => environment.trust,
    onChange() {
      sockets.broadcast('setup.changed', setup.status)
      // What is trusted now may be run now.
      sockets.broadcast('run.changed', run.status)
    },
  })
  const run = new Run({
    work: layout.work,
    template,
    terminals,
    isTrusted: () => setup.isTrusted,
    onChange: () => sockets.broadcast('run.changed', run.status),
  })
  const ports = new Ports({
    workspace: config.workspace,
    sessions: () => terminals.sessions,
    wanted: () => sockets.connections > 0 || run.status.state === 'running',
    onChange: () => sockets.broadcast('ports.changed', ports.list),
  })
  const idle = new Idle({
    settings: config.idle,
    pages: () => sockets.connections,
    busyJob: createJobs(() => terminals.sessions),
    isDurable: () => saves().state === 'durable',
    onChange: () => sockets.broadcast('idle.changed', idle.status),
    stop: () => remote.tellIdle(),
    onError: (error) => log.warn({ err: error }, 'could not be stopped though nobody is here'),
  })
  const sockets = createSocketServer({
    handlers: createHandlers({
      terminals,
      environment,
      run,
      setup,
      idle,
      stage: () => stage,
      workspace: () => workspace,
    }),
    hello,
    onConnect: () => ports.poll(),
    onDisconnect(viewer) {
      terminals.detachAll(viewer)
      idle.leave(viewer)
      workspace?.search.cancel(viewer)
    },
    log,
  })
  const health = createHealth(config.session, () => stage)
  const server = await startHttpServer(config.listen, {
    access,
    health,
    findPort: (port) => ports.find(port),
    lastListener(port) {
      const process = ports.lastListener(port)
      if (process === null) return null
      const { state, exitCode, terminalId } = run.status
      const terminal = terminalId === null ? null : { id: terminalId, name: 'Run' }
      return { process, exitCode: state === 'exited' ? exitCode : null, terminal }
    },
    onFiles: createFileServer({
      tickets,
      origin: config.access.origin,
      transfers: () => workspace?.transfers ?? null,
      log,
    }),
    onUpgrade: sockets.upgrade,
    onTraffic: () => idle.note('preview'),
    log,
  })
  ports.start()
  idle.start()

  function setStage(next: StageStatus['stage'], detail: string | null = null): void {
    stage = { stage: next, detail }
    log.info(stage, 'stage')
    onStage(stage)
    health.tell(stage)
    sockets.broadcast('stage.changed', stage)
  }

  function saves(): SavesStatus {
    const ref = `refs/codenest/saves/${config.session}`
    const none: SavesStatus = {
      state: 'durable',
      pending: [],
      commit: null,
      ref,
      durableAt: null,
      problem: null,
      queue: { saves: 0, bytes: 0, limit: 0 },
      notKept: [],
    }
    return workspace?.saves.status ?? none
  }

  function hello(): Hello {
    return {
      workspace: config.workspace,
      stage,
      saves: saves(),
      run: run.status,
      setup: setup.status,
      ports: ports.list,
      terminals: listTerminals(),
      head: workspace?.head ?? { branch: null, commit: null, arriving: false },
      incoming: workspace?.incoming.list ?? [],
      idle: idle.status,
    }
  }

  /** The first shell starts while the files come; it is shown when they are there. */
  function listTerminals(): TerminalInfo[] {
    return workspace === null ? [] : terminals.list
  }

  function tellTerminals(): void {
    if (workspace !== null) sockets.broadcast('terminals.changed', listTerminals())
  }

  function tellSaves(): void {
    const status = saves()
    const text = JSON.stringify(status)
    if (text === lastSaves) return
    lastSaves = text
    sockets.broadcast('saves.changed', status)
  }

  async function open(): Promise<void> {
    const first = openFirstTerminal()
    try {
      workspace = await createWorkspace(
        layout,
        config,
        remote,
        tickets,
        {
          onStage: (next) => setStage(next),
          onFiles(changes) {
            sockets.broadcast('files.changed', changes)
            if (!changes.some(({ path }) => concernsRun(path))) return
            void setup.refresh().then(() => run.refresh())
          },
          onFound: (viewer, found) => sockets.send([viewer], 'search.found', found),
          onHead: (head) => sockets.broadcast('head.changed', head),
          onSaves: tellSaves,
          onIncoming: (incoming) => sockets.broadcast('incoming.changed', incoming),
          onGit: (change) => sockets.broadcast('git.changed', change),
        },
        log,
        opening.signal,
      )
    } catch (error) {
      if (opening.signal.aborted) return
      log.error({ err: error }, 'could not open the workspace')
      setStage('failed', describeFailure(error))
      return
    }
    if (opening.signal.aborted) return
    sockets.broadcast('head.changed', workspace.head)
    await first
    await setup.refresh()
    if (Object.keys(setup.variables).length > 0) await replaceFirstTerminal()
    tellTerminals()
    await run.refresh()
    setStage('ready')
    await setup.begin(UNSEEN.cols, UNSEEN.rows)
    const mayRun = run.status.command !== null && environment.trust.trusted && !run.status.held
    if (config.runAtStart && mayRun) await run.start(UNSEEN.cols, UNSEEN.rows)
  }

  /** Who comes wants a prompt: it should not have to wait for them. */
  async function openFirstTerminal(): Promise<void> {
    await environment.refresh()
    if (opening.signal.aborted) return
    try {
      terminals.open(UNSEEN.cols, UNSEEN.rows)
    } catch (error) {
      log.warn({ err: error }, 'no terminal could be opened at the start')
    }
  }

  /** It began before the files said which variables it has; nobody has seen it yet. */
  async function replaceFirstTerminal(): Promise<void> {
    await Promise.all(terminals.list.map(({ id }) => terminals.close(id)))
    terminals.open(UNSEEN.cols, UNSEEN.rows)
  }

  const opened = open()

  async function stop(milliseconds: number): Promise<boolean> {
    setStage('stopping')
    idle[Symbol.dispose]()
    opening.abort()
    await opened
    // Programs are ended first: what they write on their way out is part of the last sweep.
    await run.stop()
    await terminals.closeAll()
    // A disk of an earlier run that could not be opened may hold what the remote lacks.
    const durable = workspace
      ? await workspace.saves.stop(AbortSignal.any([AbortSignal.timeout(milliseconds), lock.wanted]))
      : !(await isComplete(layout))
    ports.dispose()
    health.close()
    await sockets.close()
    await server.close()
    await workspace?.dispose()
    remote.dispose()
    await lock[Symbol.asyncDispose]()
    return durable
  }

  return { port: server.port, displaced: lock.wanted, stop }
}

function describeFailure(error: unknown): string {
  if (error instanceof RemoteError) {
    return `The workspace's repository could not be cloned because ${error.message}. Stop the workspace and start it again.`
  }
  const known = toRunnerError(error)
  if (known)
    return `The workspace's files could not be prepared: ${known.message} Then start the workspace again.`
  return "The workspace's files could not be restored because git failed. Start the workspace again; the runner's log has what git said."
}
