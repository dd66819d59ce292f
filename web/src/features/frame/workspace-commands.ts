import { useNavigate } from '@solidjs/router'
import { onCleanup } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import type { Workspace } from '@codenest/platform/protocol'
import type { Command } from '../../kernel/commands.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { toggleConsole } from '../preview/console/toggle-console.ts'

interface FrameActions {
  openPalette: (initial: '' | '>') => void
  openClone: () => void
  openEnvironment: () => void
  openTemplate: () => void
  /** Shows what the repository brings; `next` is done once it is trusted. */
  openTrust: (next?: () => void) => void
  openTemplateUpdate: () => void
}

/** Commands of the page as a whole; features register their own. */
export function registerCommands(frame: FrameActions): void {
  const navigate = useNavigate()
  const app = useApp()
  const { api, toasts, theme, workspaces } = app
  const session = useSession()
  const { commands, diffs, documents, layout, previews, readiness, run, setup, tabs, terminals } = session
  const hasFile = () => tabs.active() !== null
  const act = (action: 'find' | 'gotoLine' | 'format' | 'toggleWrap') => () =>
    void session.loadEngine().then((engine) => engine.act(action))

  const startRun = () => {
    if (run.status().held) return frame.openTrust(startRun)
    layout.set({ panel: true, pane: 'terminal' })
    run.start().then(() => {
      const id = run.status().terminalId
      if (id) terminals.activate(id)
    }, toasts.failed('It could not be run'))
  }

  const all: Command[] = [
    {
      id: 'palette.files',
      title: 'Go to File…',
      keys: ['Mod+P'],
      inTerminal: true,
      run: () => frame.openPalette(''),
    },
    {
      id: 'palette.commands',
      title: 'Show All Commands',
      keys: ['Mod+Shift+P', 'F1'],
      inTerminal: true,
      hidden: true,
      run: () => frame.openPalette('>'),
    },
    {
      id: 'run.start',
      title: 'Run: Start',
      keys: ['Mod+Enter'],
      inTerminal: true,
      when: () => readiness.isReady() && run.status().command !== null,
      run: startRun,
    },
    {
      id: 'run.restart',
      title: 'Run: Restart',
      when: () => readiness.isReady() && run.status().state === 'running',
      run: startRun,
    },
    {
      id: 'run.stop',
      title: 'Run: Stop',
      when: () => run.status().state === 'running',
      run: () => void run.stop().catch(toasts.failed('It could not be stopped')),
    },
    {
      id: 'file.save',
      title: 'File: Save Now',
      keys: ['Mod+S'],
      run: () => void documents.saveAll(),
    },
    {
      id: 'file.close',
      title: 'File: Close',
      keys: ['Alt+W'],
      when: () => hasFile() || diffs.active() !== null,
      run: () => {
        const diff = diffs.active()
        if (diff) return diffs.close(diff.id)
        const path = tabs.active()
        if (path !== null) tabs.close(path)
      },
    },
    {
      id: 'file.next',
      title: 'File: Next Tab',
      keys: ['Alt+PageDown'],
      hidden: true,
      when: hasFile,
      run: () => tabs.cycle(1),
    },
    {
      id: 'file.previous',
      title: 'File: Previous Tab',
      keys: ['Alt+PageUp'],
      hidden: true,
      when: hasFile,
      run: () => tabs.cycle(-1),
    },
    { id: 'editor.find', title: 'Editor: Find', when: hasFile, run: act('find') },
    {
      id: 'editor.gotoLine',
      title: 'Editor: Go to Line…',
      keys: ['Ctrl+G'],
      when: hasFile,
      run: act('gotoLine'),
    },
    { id: 'editor.format', title: 'Editor: Format Document', when: hasFile, run: act('format') },
    {
      id: 'editor.wrap',
      title: 'Editor: Toggle Word Wrap',
      keys: ['Alt+Z'],
      when: hasFile,
      run: act('toggleWrap'),
    },
    {
      id: 'view.sideBar',
      title: 'View: Toggle Side Bar',
      keys: ['Mod+B'],
      run: () => layout.set('sideBar', (shown) => !shown),
    },
    {
      id: 'view.panel',
      title: 'View: Toggle Panel',
      keys: ['Mod+J'],
      inTerminal: true,
      run: () => layout.set('panel', (shown) => !shown),
    },
    {
      id: 'view.preview',
      title: 'View: Toggle Preview',
      keys: ['Alt+P'],
      run: () => layout.set('preview', (shown) => !shown),
    },
    {
      id: 'preview.console',
      title: 'Preview: Show or Hide the Console',
      run: () => {
        toggleConsole(session)
        layout.set('preview', true)
      },
    },
    { id: 'preview.reload', title: 'Preview: Reload', when: previews.listening, run: previews.reload },
    {
      id: 'view.theme',
      title: 'View: Switch between Light and Dark',
      run: () => theme.choose(theme.mode() === 'dark' ? 'light' : 'dark'),
    },
    {
      id: 'history.file',
      title: 'History: Of the Open File',
      when: hasFile,
      run: () => {
        session.timelineOf[1](tabs.active())
        commands.run('view.history')
      },
    },
    {
      id: 'history.page',
      title: 'History: On a Page of Its Own',
      run: () => navigate(`/w/${session.id}/history`),
    },
    {
      id: 'workspace.environment',
      title: 'Workspace: Variables and Secrets…',
      run: frame.openEnvironment,
    },
    {
      id: 'workspace.trust',
      title: 'Workspace: What Its Repository Runs…',
      when: () => (setup.status()?.settings.files.length ?? 0) > 0,
      run: () => frame.openTrust(),
    },
    {
      id: 'workspace.templateUpdate',
      title: 'Workspace: Update from Its Template…',
      when: () => readiness.isReady() && session.templateUpdate.hasTemplate(),
      run: frame.openTemplateUpdate,
    },
    {
      id: 'setup.again',
      title: 'Workspace: Set Up Again',
      when: () => readiness.isReady() && setup.status()?.trusted === true && setup.status()?.state !== 'none',
      run: () => void setup.again().catch(toasts.failed('It could not be set up again')),
    },
    {
      id: 'workspace.distrust',
      title: 'Workspace: Do Not Trust Its Repository Any More',
      when: () => session.workspace()?.trusted === true && !isFromTemplate(session.workspace()),
      run: () =>
        void api
          .setTrust(session.id, { trusted: false })
          .then(workspaces.put, toasts.failed('The repository is still trusted')),
    },
    { id: 'git.clone', title: 'Git: Clone with Git…', run: frame.openClone },
    {
      id: 'workspace.fork',
      title: 'Workspace: Fork',
      run: () =>
        void documents
          .saveAll()
          .then(() => import('../sharing/fork-workspace.ts'))
          .then((forking) => forking.forkWorkspace(app, session.id, navigate)),
    },
    {
      id: 'workspace.template',
      title: 'Workspace: Use as Template…',
      run: () => void documents.saveAll().then(frame.openTemplate),
    },
    {
      id: 'workspace.stop',
      title: 'Workspace: Stop',
      when: () => session.workspace()?.state === 'running',
      run: () => {
        void documents
          .saveAll()
          .then(() => api.stop(session.id))
          .then(workspaces.put, toasts.failed('The workspace could not be stopped'))
      },
    },
    { id: 'workspace.all', title: 'Workspace: Show All', run: () => navigate('/') },
  ]
  onCleanup(commands.register(all))
}

/** Whoever added a template to the catalogue answers for it; people's own are named otherwise. */
function isFromTemplate(workspace: Workspace | undefined): boolean {
  const source = workspace?.source
  const origin = source && 'workspace' in source ? source.origin : source
  return origin !== undefined && 'template' in origin && !origin.template.startsWith('my-')
}
