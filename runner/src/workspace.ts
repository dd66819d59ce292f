import { isDeepStrictEqual } from 'node:util'

import { ArrivingHistory, isHistoryArriving } from './clone/arriving-history.ts'
import { openWorkspace } from './clone/open-workspace.ts'
import { createFiles } from './files/files.ts'
import type { Files } from './files/files.ts'
import { createWorkPaths } from './files/paths.ts'
import type { FileTickets } from './files/transfer/tickets.ts'
import { createTransfers } from './files/transfer/transfers.ts'
import type { Transfers } from './files/transfer/transfers.ts'
import { watchWorkspace } from './files/watch.ts'
import { fetchInto } from './git/fetch.ts'
import { readHead } from './git/head.ts'
import type { Remote } from './git/remote.ts'
import type { Layout } from './layout.ts'
import type { Logger } from './log.ts'
import type { FileChange, Found, HeadStatus, Incoming, RunnerConfig, StageStatus } from './protocol.ts'
import { IncomingBranches } from './incoming/incoming.ts'
import { CloneStateReader } from './saves/clone-state.ts'
import { LocalFiles } from './saves/local-files.ts'
import { Outbox } from './saves/outbox.ts'
import { Pusher } from './saves/pusher.ts'
import { Replacements } from './saves/replacements.ts'
import { SaveChain } from './saves/save-chain.ts'
import { Saves } from './saves/saves.ts'
import { ShadowObjects } from './saves/shadow-objects.ts'
import { createStagedTree } from './saves/staged-tree.ts'
import { NestedReader } from './nested/nested-reader.ts'
import { NestedRepositories } from './nested/nested-repositories.ts'
import { UserRefs } from './saves/user-refs.ts'
import { Search } from './search/search.ts'
import { createSourceControl } from './source-control/source-control.ts'
import type { SourceControl } from './source-control/source-control.ts'
import { workspaceEnvironment } from './terminals/environment.ts'

export interface WorkspaceListener {
  onStage: (stage: StageStatus['stage']) => void
  onFiles: (changes: FileChange[]) => void
  onFound: (viewer: string, found: Found) => void
  onHead: (head: HeadStatus) => void
  onSaves: () => void
  onIncoming: (incoming: Incoming[]) => void
  /** What source control tells may be different; see `git.changed`. */
  onGit: (change: number) => void
}

/** The files of a workspace, ready to be worked on. */
export interface Workspace {
  files: Files
  transfers: Transfers
  search: Search
  saves: Saves
  replacements: Replacements
  incoming: IncomingBranches
  sourceControl: SourceControl
  /** Settings that hold from now on. */
  configure: (settings: Pick<RunnerConfig, 'ignoredFiles'>) => void
  head: HeadStatus
  dispose(): Promise<void>
}

/** Clones or adopts the files and starts to save what happens to them. Throws `GitError` or `RemoteError`. */
export async function createWorkspace(
  layout: Layout,
  config: RunnerConfig,
  remote: Remote,
  tickets: FileTickets,
  listener: WorkspaceListener,
  log: Logger,
  signal: AbortSignal,
): Promise<Workspace> {
  const objects = new ShadowObjects(layout.shadow)
  const opened = await openWorkspace(layout, config, remote, objects, listener.onStage, log, signal)
  const { session, author } = config
  const repositories = new NestedRepositories(layout.work)
  const nested = new NestedReader({ layout, objects, author, repositories })
  const cloneState = new CloneStateReader({ layout, objects, author })
  const staged = createStagedTree(layout)
  const { journal, waiting } = opened
  const chain = new SaveChain({ layout, session, author, objects, journal, staged, cloneState, nested })
  const outbox = new Outbox()
  const userRefs = await UserRefs.open(layout, log)
  const pusher = new Pusher({
    remote,
    chain,
    shadow: layout.shadow,
    objects,
    outbox,
    userRefs,
    repair: (acknowledged) => saves.repair(acknowledged),
    lighten: (reason) => nested.refuseAll(reason),
    log,
    onChange: () => {
      saves.noticePush()
      listener.onSaves()
    },
  })
  const paths = createWorkPaths(layout.work)
  const localFiles = new LocalFiles(layout, config.ignoredFiles)
  const saves = new Saves({
    layout,
    paths,
    objects,
    chain,
    outbox,
    pusher,
    userRefs,
    nested: { repositories, reader: nested },
    cloneState,
    remote,
    localFiles,
    onChange: listener.onSaves,
    log,
  })

  const closing = new AbortController()
  const { signal: closed } = closing
  const replacements = new Replacements({ saves, chain, layout, objects, remote, signal: closed })
  const incoming = new IncomingBranches({
    layout,
    remote,
    userRefs,
    onResolved: () => pusher.kick(),
    onChange: () => listener.onIncoming(incoming.list),
    log,
    signal: closed,
  })

  await chain.open(opened.newest, waiting.length > 0)
  if (opened.remoteRefs) pusher.learn(opened.remoteRefs)
  else for (const entry of waiting) outbox.add(entry)
  let head = await readHeadStatus(layout)

  const sourceControl = createSourceControl({
    layout,
    paths,
    environment: workspaceEnvironment(process.env, layout.home, config),
    saves,
    fetch: (commit) => fetchInto(layout.gitDir, remote, ['--', remote.url, commit], closed),
    lastSave: () => chain.tip,
    isQueueFull: () => outbox.isFull,
    onChange: listener.onGit,
  })

  const search = new Search({ layout, paths, replacements, onFound: listener.onFound })

  async function noticeRepository(path?: string): Promise<void> {
    sourceControl.noticeChange()
    userRefs.noticeChange()
    cloneState.noticeChange()
    saves.noticeRepository(path)
    await noticeHead()
  }

  async function noticeHead(): Promise<void> {
    const now = await readHeadStatus(layout)
    if (isDeepStrictEqual(now, head)) return
    head = now
    listener.onHead(now)
  }

  const watch = await watchWorkspace(
    layout,
    {
      onFiles(changes) {
        listener.onFiles(changes)
        sourceControl.noticeChange()
        void saves.noticeFiles(changes.map(({ path }) => path))
      },
      onRepository: (path) =>
        void noticeRepository(path).catch((error: unknown) =>
          log.warn({ err: error }, 'cannot read HEAD of the clone'),
        ),
    },
    log,
  )
  userRefs.unwatched = !watch.complete
  // What changed while nobody watched, and what an earlier run could not push any more. In a fresh clone there is
  // nothing of the kind, and its user waits for a prompt.
  if (opened.remoteRefs) saves.sweeper.soon()
  else void saves.sweeper.inBackground()
  const arriving = new ArrivingHistory({
    layout,
    remote,
    userRefs,
    onArrived() {
      sourceControl.noticeChange()
      void noticeHead()
    },
    log,
    signal: closed,
  })
  const notice = (): void => {
    void incoming.check()
    void arriving.check()
  }
  const listening = remote.listen(notice, closed)

  return {
    files: createFiles(layout, paths),
    transfers: createTransfers(layout, paths, tickets, config.workspace),
    search,
    saves,
    replacements,
    incoming,
    sourceControl,
    configure(settings) {
      localFiles.setting = settings.ignoredFiles
    },
    get head() {
      return head
    },
    async dispose() {
      closing.abort()
      search.dispose()
      await listening
      await arriving.idle()
      await watch.dispose()
      sourceControl.dispose()
      saves.dispose()
      pusher.dispose()
      objects.dispose()
      await journal.dispose()
    },
  }
}

async function readHeadStatus(layout: Layout): Promise<HeadStatus> {
  const { ref, commit } = await readHead(layout.gitDir)
  const branch = ref?.replace(/^refs\/heads\//, '') ?? null
  return { branch, commit, arriving: await isHistoryArriving(layout) }
}
