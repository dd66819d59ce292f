import type { Workspace } from '@codenest/platform/protocol'
import type { HeadStatus, IdleStatus, Incoming, SavesStatus } from '@codenest/runner/protocol'
import { createEffect, createSignal, on, onCleanup, type Accessor, type Signal } from 'solid-js'
import type { App } from './app.ts'
import { createCommands, type Commands } from './commands.ts'
import { createConnection, type Connection } from './connection.ts'
import { createContextOf } from './context-of.ts'
import { createDiffs, type Diffs } from './diffs.ts'
import { createDocuments, type Documents } from './documents.ts'
import type { EditorEngine } from './editor-engine.ts'
import { createFileLinks, type FileLinks } from './file-links.ts'
import { createFiles, type Files } from './files.ts'
import { createFirstPrompt } from './first-prompt.ts'
import { createIdle } from './idle.ts'
import { createLayout, type Layout } from './layout.ts'
import { enterOpenPorts } from './open-ports.ts'
import { createPreviews, type Previews } from './previews.ts'
import { createReadiness, type Readiness } from './readiness.ts'
import { createSaveLedger } from './save-ledger.ts'
import { saveStatus, type SaveStatus } from './save-status.ts'
import { createSetup, type Setup } from './setup.ts'
import { createSourceControl, type SourceControl } from './source-control.ts'
import { readStored, writeStored } from './storage.ts'
import { createEditorTabs, type EditorTabs } from './editor-tabs.ts'
import { createTemplateUpdate, type TemplateUpdateModel } from './template-update.ts'
import { createRun, createTerminals, type Run, type Terminals } from './terminals.ts'

/** One workspace as one page sees it. */
export interface WorkspaceSession {
  id: string
  /** Undefined while it is not known, or gone. */
  workspace: Accessor<Workspace | undefined>
  connection: Connection
  readiness: Readiness
  commands: Commands
  layout: Layout
  files: Files
  /** Bytes of files over HTTP. */
  links: FileLinks
  documents: Documents
  tabs: EditorTabs
  /** Whose timeline the history shows: a path's, or (null) the workspace's. */
  timelineOf: Signal<string | null>
  /** Comparisons, in tabs beside the files. */
  diffs: Diffs
  terminals: Terminals
  run: Run
  /** What the repository brings along: its commands, variables, names of ports. */
  setup: Setup
  previews: Previews
  head: Accessor<HeadStatus | null>
  /** When the workspace stops by itself; null before the runner has told. */
  idle: Accessor<IdleStatus | null>
  sourceControl: SourceControl
  templateUpdate: TemplateUpdateModel
  /** Branches pushed from elsewhere that wait for a decision. */
  incoming: Accessor<Incoming[]>
  /** What the runner last told of its saves; null before. */
  saves: Accessor<SavesStatus | null>
  saveStatus: Accessor<SaveStatus>
  loadEngine: () => Promise<EditorEngine>
  /** Opens a file for good and puts the cursor into it. */
  edit: (path: string) => void
  /** Opens a file with something in it selected. */
  goTo: (path: string, place: Parameters<EditorEngine['select']>[0]) => void
}

export const [SessionProvider, useSession] = createContextOf<WorkspaceSession>('WorkspaceSession')

export function createWorkspaceSession(
  app: App,
  id: string,
  makeEngine: () => Promise<EditorEngine>,
): WorkspaceSession {
  const workspace = () => app.workspaces.find(id)
  const connection = createConnection(() => app.api.connect(id))
  createEffect(
    on(
      () => workspace()?.state,
      (state) => {
        connection.setEnabled(state === 'starting' || state === 'running')
        if (state === 'running') connection.nudge()
      },
    ),
  )

  const [saves, setSaves] = createSignal<SavesStatus | null>(null)
  const [head, setHead] = createSignal<HeadStatus | null>(null)
  const [incoming, setIncoming] = createSignal<Incoming[]>([])
  const [outstanding, setOutstanding] = createSignal(0)
  const ledger = observeLedger(setOutstanding)
  const layout = createLayout(id)
  const readiness = createReadiness(connection)
  const firstPrompt = createFirstPrompt(readiness)
  const loadEngine = () => firstPrompt.shown.then(makeEngine)
  const expandedKey = `codenest.expanded.${id}`
  const files = createFiles(connection, readiness, readStored(expandedKey, isStrings) ?? [])
  createEffect(() => writeStored(expandedKey, [...files.expanded()]))

  const links = createFileLinks(connection)
  const documents = createDocuments(
    connection,
    readiness,
    ledger,
    links,
    loadEngine,
    (path) => tabs.pin(path),
    (from, to) => tabs.moved(from, to),
  )
  const diffs = createDiffs(documents, (path) => tabs.state().tabs.some((tab) => tab.path === path))
  const tabs: EditorTabs = createEditorTabs(id, documents, readiness, diffs)
  const terminals = createTerminals(connection, id, firstPrompt.notice)
  const previews = createPreviews(app.api, connection, id, workspace)
  enterOpenPorts(app.api, id, previews.ports)
  onCleanup(connection.on('hello', (hello) => (setSaves(hello.saves), setHead(hello.head))))
  onCleanup(connection.on('hello', (hello) => setIncoming(hello.incoming)))
  onCleanup(connection.on('incoming.changed', setIncoming))
  onCleanup(connection.on('saves.changed', setSaves))
  onCleanup(connection.on('head.changed', setHead))

  const status = () =>
    saveStatus({
      connected: readiness.isReady(),
      dirty: documents.count('unsaved'),
      conflicts: documents.count('conflict'),
      refused: documents.count('refused'),
      outstanding: outstanding(),
      saves: saves(),
    })
  onCleanup(onHidden(() => void documents.saveAll()))
  onCleanup(guardUnload(() => status().state !== 'saved' && saves() !== null))

  const open = (path: string, then: (engine: EditorEngine) => void) => {
    layout.set('pane', 'editor')
    void tabs.openToEdit(path).then(loadEngine).then(then)
  }

  return {
    id,
    workspace,
    connection,
    readiness,
    commands: createCommands(navigator.platform),
    layout,
    files,
    links,
    documents,
    tabs,
    timelineOf: createSignal<string | null>(null),
    diffs,
    terminals,
    run: createRun(connection, terminals.size),
    setup: createSetup(app, connection, workspace, terminals.size),
    previews,
    head,
    idle: createIdle(connection),
    sourceControl: createSourceControl(connection, documents, readiness, incoming),
    templateUpdate: createTemplateUpdate(app.api, id, workspace, readiness),
    incoming,
    saves,
    saveStatus: status,
    loadEngine,
    edit: (path) => open(path, (engine) => engine.focus()),
    goTo: (path, place) =>
      open(path, (engine) => {
        engine.select(place)
        engine.focus()
      }),
  }
}

/** A ledger whose number of outstanding saves is a signal. */
function observeLedger(setOutstanding: (count: number) => void): ReturnType<typeof createSaveLedger> {
  const ledger = createSaveLedger()
  const after = <A extends unknown[], R>(method: (...args: A) => R) => {
    return (...args: A) => {
      const result = method(...args)
      setOutstanding(ledger.outstanding())
      return result
    }
  }
  return {
    sent: after(ledger.sent),
    accepted: after(ledger.accepted),
    refused: after(ledger.refused),
    update: after(ledger.update),
    outstanding: ledger.outstanding,
  }
}

/** The browser asks before it leaves the page while something is not safe. */
function guardUnload(isUnsafe: () => boolean): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent) => {
    if (isUnsafe()) event.preventDefault()
  }
  window.addEventListener('beforeunload', onBeforeUnload)
  return () => window.removeEventListener('beforeunload', onBeforeUnload)
}

/** A page that is put away may not come back. */
function onHidden(act: () => void): () => void {
  const onChange = () => {
    if (document.hidden) act()
  }
  document.addEventListener('visibilitychange', onChange)
  return () => document.removeEventListener('visibilitychange', onChange)
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
