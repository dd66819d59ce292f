import { createSignal, type Accessor } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { RunnerError } from '../../kernel/errors.ts'
import { baseName, copyName, isInside, joinPath, parentOf } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'

export interface Held {
  path: string
  how: 'cut' | 'copy'
}

export interface FileMoves {
  /** What was cut or copied, for a paste. */
  held: Accessor<Held | null>
  hold: (path: string, how: Held['how']) => void
  letGo: () => void
  paste: (folder: string) => void
  /** Whether something may be moved into a folder: not into itself, nor to where it is. */
  mayMove: (path: string, folder: string) => boolean
  move: (path: string, folder: string) => void
  copy: (path: string, folder: string) => void
}

/** Copies that a person makes of one file before other names are wanted. */
const MAX_COPIES = 100

/** Moves and copies of files from one folder to another, by mouse or keyboard. `onDone` hears where it is now. */
export function createFileMoves(onDone: (path: string) => void): FileMoves {
  const { toasts } = useApp()
  const { documents, files, tabs } = useSession()
  const [held, setHeld] = createSignal<Held | null>(null)

  const mayMove = (path: string, folder: string) => !isInside(folder, path) && parentOf(path) !== folder
  const rename = async (from: string, to: string) => {
    // What is typed must reach the old name before the file moves away from it.
    await documents.saveAll()
    await files.rename(from, to)
    tabs.moved(from, to)
    onDone(to)
  }
  const move = (path: string, folder: string) => {
    if (!mayMove(path, folder)) return
    const to = joinPath(folder, baseName(path))
    const failed = toasts.failed(`${baseName(path)} was not moved`)
    const undo = () => void rename(to, path).catch(toasts.failed(`${baseName(path)} was not moved back`))
    rename(path, to).then(
      () =>
        toasts.show({
          tone: 'info',
          title: `${baseName(path)} is now in ${folder || 'the top folder'}`,
          action: { label: 'Undo', run: undo },
        }),
      failed,
    )
  }
  const copyTo = async (path: string, folder: string) => {
    await documents.saveAll()
    const name = baseName(path)
    for (let turn = 0; ; turn++) {
      const to = joinPath(folder, turn === 0 ? name : copyName(name, turn))
      try {
        await files.copy(path, to)
        return to
      } catch (error) {
        const isTaken = error instanceof RunnerError && error.code === 'already_exists'
        if (!isTaken || turn === MAX_COPIES) throw error
      }
    }
  }
  const copy = (path: string, folder: string) =>
    void copyTo(path, folder).then(onDone, toasts.failed(`${baseName(path)} was not copied`))

  return {
    held,
    hold: (path, how) => setHeld({ path, how }),
    letGo: () => setHeld(null),
    paste: (folder) => {
      const what = held()
      if (!what) return
      if (what.how === 'copy') copy(what.path, folder)
      else {
        setHeld(null)
        move(what.path, folder)
      }
    },
    mayMove,
    move,
    copy,
  }
}
