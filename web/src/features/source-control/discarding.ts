import { useApp } from '../../kernel/app.ts'
import { baseName } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { useSourceControl } from './context.ts'

/** Each file comes back by a save of its own; more than these are brought back in the history. */
const MAX_UNDONE = 50

export interface Discarding {
  files: (paths: string[]) => Promise<void>
  hunk: (path: string, id: string) => Promise<void>
}

/** Discards, and offers to take it back: the runner has made a save of what was there. */
export function createDiscarding(): Discarding {
  const { toasts } = useApp()
  const { commands, connection } = useSession()
  const { act } = useSourceControl()

  const restore = async (save: string, paths: string[]) => {
    for (const path of paths)
      await connection.request('saves.restore', { saveId: crypto.randomUUID(), commit: save, path })
  }
  const tell = (title: string, save: string | null, paths: string[]) => {
    const action =
      save === null || paths.length > MAX_UNDONE
        ? { label: 'Open the history', run: () => commands.run('view.history') }
        : {
            label: 'Undo',
            run: () => void restore(save, paths).catch(toasts.failed('It could not be brought back')),
          }
    toasts.show({ tone: 'info', title, action })
  }

  return {
    files: async (paths) => {
      const done = await act('git.discard', { paths })
      const what = paths.length === 1 ? baseName(paths[0] ?? '') : `${paths.length} files`
      if (done) tell(`Discarded the changes of ${what}`, done.save, paths)
    },
    hunk: async (path, id) => {
      const done = await act('git.hunk', { path, id, act: 'discard' })
      if (done) tell(`Discarded a part of ${baseName(path)}`, done.save, [path])
    },
  }
}
