import { setTimeout as delay } from 'node:timers/promises'

import { RunnerError } from '../errors.ts'
import type { ReplyValues, RequestName, RequestPayload, StageStatus } from '../protocol.ts'
import type { Environment } from '../environment.ts'
import type { Idle } from '../idle/idle.ts'
import { SETTINGS_FILE, withRunCommand } from '../run/run-command.ts'
import type { Run } from '../run/run.ts'
import type { Setup } from '../setup/setup.ts'
import { createGitHandlers } from '../source-control/handlers.ts'
import type { Terminals } from '../terminals/terminals.ts'
import type { Workspace } from '../workspace.ts'

/** Milliseconds. That input was taken can be told later; what its user waits for is the echo. */
const BEHIND_ECHO_MS = 20

type ReadyWorkspace = Pick<
  Workspace,
  'files' | 'transfers' | 'search' | 'saves' | 'replacements' | 'incoming' | 'sourceControl' | 'configure'
>

export interface HandlerContext {
  terminals: Terminals
  environment: Pick<Environment, 'refresh'>
  run: Run
  setup: Setup
  idle: Idle
  stage: () => StageStatus
  /** null before the stage `ready`. */
  workspace: () => ReadyWorkspace | null
}

/** One function a request; `viewer` is the id of the connection that asks. They throw `RunnerError` or system errors. */
export type Handlers = {
  [N in RequestName]: (payload: RequestPayload<N>, viewer: string) => ReplyValues[N] | Promise<ReplyValues[N]>
}

export function createHandlers(context: HandlerContext): Handlers {
  const { terminals, environment, run, setup, idle, stage, workspace } = context

  function ready(): ReadyWorkspace {
    const current = workspace()
    if (current) return current
    throw new RunnerError(
      'not_ready',
      stage().detail ?? 'The workspace is not ready yet: try again in a moment.',
    )
  }

  return {
    'connection.check': () => ({}),
    'files.list': ({ path }) => ready().files.list(path),
    'files.read': ({ path }) => ready().files.read(path),
    'files.index': ({ within }) => ready().files.index(within),
    'files.create': async ({ path, kind }) => {
      await ready().files.create(path, kind)
      return {}
    },
    'files.rename': async ({ from, to }) => {
      await ready().files.rename(from, to)
      return {}
    },
    'files.copy': async ({ from, to }) => {
      await ready().files.copy(from, to)
      return {}
    },
    'files.link': (ticket) => ready().transfers.link(ticket),
    'files.delete': async ({ path }) => {
      await ready().files.remove(path)
      return {}
    },
    'search.run': (payload, viewer) => ready().search.run(payload, viewer),
    'search.cancel': (_, viewer) => {
      ready().search.cancel(viewer)
      return {}
    },
    'search.replace': (payload) => ready().search.replace(payload),
    'saves.save': (payload) => {
      idle.note('keys')
      return ready().saves.save(payload)
    },
    'saves.restore': async (payload) => {
      await ready().replacements.restore(payload)
      return {}
    },
    'saves.merge': async (payload) => ({ conflicts: await ready().replacements.merge(payload) }),
    'saves.configure': (settings) => {
      ready().configure(settings)
      return {}
    },
    'incoming.resolve': async ({ branch, keep }) => {
      await ready().incoming.resolve(branch, keep)
      return {}
    },
    'terminals.create': async ({ cols, rows, name }) => {
      ready()
      await environment.refresh()
      return terminals.open(cols, rows, name).info
    },
    'terminals.attach': ({ id, ...attachment }, viewer) => terminals.get(id).attach(viewer, attachment),
    'terminals.detach': ({ id }, viewer) => {
      terminals.get(id).detach(viewer)
      return {}
    },
    'terminals.input': async ({ id, data, piece }) => {
      idle.note('keys')
      terminals.get(id).input(data, piece)
      await delay(BEHIND_ECHO_MS)
      return {}
    },
    'terminals.answer': ({ id, data }, viewer) => {
      terminals.get(id).answer(viewer, data)
      return {}
    },
    'terminals.resize': ({ id, cols, rows, lead }, viewer) => {
      terminals.get(id).resizeViewer(viewer, cols, rows, lead === true)
      return {}
    },
    'terminals.acknowledge': ({ id, chars }, viewer) => {
      terminals.get(id).acknowledge(viewer, chars)
      return {}
    },
    'terminals.rename': ({ id, name }) => {
      terminals.rename(id, name)
      return {}
    },
    'terminals.restart': async ({ id }) => {
      await environment.refresh()
      return terminals.restart(id)
    },
    'terminals.resolve': ({ id, paths }) => terminals.resolve(id, paths),
    'terminals.close': async ({ id }) => {
      await terminals.close(id)
      return {}
    },
    'run.start': async ({ cols, rows }) => {
      ready()
      await environment.refresh()
      setup.noticeTrust()
      return run.start(cols, rows)
    },
    'run.stop': () => run.stop(),
    'setup.start': async ({ cols, rows, again }) => {
      ready()
      await environment.refresh()
      return setup.start(cols, rows, again)
    },
    'idle.focus': ({ focused }, viewer) => {
      idle.focus(viewer, focused)
      return {}
    },
    'idle.configure': (settings) => {
      idle.configure(settings)
      return {}
    },
    'run.configure': async ({ saveId, command }) => {
      const { files, saves } = ready()
      const now = await files.read(SETTINGS_FILE).catch((error: unknown) => {
        if (error instanceof RunnerError && error.code === 'not_found') return null
        throw error
      })
      const content = await withRunCommand(now?.content ?? '', command)
      await saves.save({ saveId, path: SETTINGS_FILE, content, baseVersion: now?.version ?? null })
      run.type(command)
      await setup.refresh()
      await run.refresh()
      return run.status
    },
    ...createGitHandlers(() => ready().sourceControl),
  }
}
