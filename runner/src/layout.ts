import { join } from 'node:path'

/** Where a workspace keeps what on disk; all absolute. */
export interface Layout {
  /** The user's clone. */
  work: string
  gitDir: string
  /** Home of everything that runs in the workspace. */
  home: string
  /** The runner's own folder. */
  state: string
  /** Repository of the saves; it reads the user's objects and writes none of its own there. */
  shadow: string
  /** The shadow's index: the work tree as the last sweep saw it. */
  snapIndex: string
  /** A copy of the user's index, to write its tree from. */
  stagedIndex: string
  /** Saves on their way to the remote. */
  journal: string
  /** What of branches and tags is known to come from this workspace. */
  ownRefs: string
  /** The clone's configuration as the runner wrote it. */
  issuedConfig: string
  /** Which commands have set this disk up. */
  setUp: string
  /** For files that are about to be renamed into place; on the same file system as the work tree. */
  temporary: string
  /** Held by the runner that works on this disk. */
  lock: string
  /** There once clone and restore are complete: a clone without it was broken off. */
  completeMarker: string
}

export function createLayout(root: string): Layout {
  const state = join(root, 'state')
  const work = join(root, 'work')
  return {
    work,
    gitDir: join(work, '.git'),
    home: join(root, 'home'),
    state,
    shadow: join(state, 'shadow.git'),
    snapIndex: join(state, 'snap.index'),
    stagedIndex: join(state, 'staged.index'),
    journal: join(state, 'journal'),
    ownRefs: join(state, 'own-refs'),
    issuedConfig: join(state, 'issued-config'),
    setUp: join(state, 'set-up'),
    temporary: join(state, 'tmp'),
    lock: join(root, 'disk.lock'),
    completeMarker: join(state, 'complete'),
  }
}
