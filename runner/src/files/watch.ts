import { existsSync, watch } from 'node:fs'
import { join, relative } from 'node:path'

import type watcher from '@parcel/watcher'

import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { FileChange } from '../protocol.ts'
import { watchDeep } from './watch-deep.ts'
import type { DeepWatch } from './watch-deep.ts'

/** Changes are collected for this long before they are told, in milliseconds. */
const BATCH_MS = 50
/** How often to look when the system cannot watch, in milliseconds. */
const BLIND_INTERVAL_MS = 5_000
const KINDS = { create: 'created', update: 'changed', delete: 'deleted' } as const

/** In the `.git` of a repository that is nested in the work tree. */
const NESTED = /^(.+)\/\.git(?:\/(.*))?$/
/** What changes there with every command, and says nothing. */
const QUIET = /^(?:objects|logs|lfs|hooks)(?:\/|$)|\.lock$/

export interface WatchListener {
  onFiles: (changes: FileChange[]) => void
  /**
   * HEAD, the index, a ref or the configuration of the clone changed, or of the repository that is nested at `path`,
   * which is in bytes in latin1.
   */
  onRepository: (path?: string) => void
}

export interface Watch {
  /** False when the system refused to watch: then both listeners are called at an interval instead. */
  complete: boolean
  dispose(): Promise<void>
}

/** Watches the work tree and, apart from it, the clone's `.git`. */
export async function watchWorkspace(layout: Layout, listener: WatchListener, log: Logger): Promise<Watch> {
  const batch = createBatch((changes) => listener.onFiles(changes))
  const onError = (error: Error): void => log.error({ err: error }, 'watching the files failed')
  const subscriptions: DeepWatch[] = []
  // What is ignored is not told at all, but a person wants to see the folder come and go.
  const modules = watch(layout.work, (_event, name) => {
    if (name !== 'node_modules') return
    batch.add(name, existsSync(join(layout.work, name)) ? 'created' : 'deleted')
  })
  modules.on('error', onError)
  let blind: NodeJS.Timeout | null = null

  function tell(events: watcher.Event[]): void {
    const nested = new Set<string>()
    for (const event of events) {
      const path = relative(layout.work, event.path)
      const [, repository, inside = ''] = NESTED.exec(path) ?? []
      if (repository === undefined) batch.add(path, KINDS[event.type])
      else if (!QUIET.test(inside)) nested.add(Buffer.from(repository).toString('latin1'))
    }
    for (const path of nested) listener.onRepository(path)
  }

  try {
    subscriptions.push(
      await watchDeep(layout.work, ['.git', '**/node_modules'], { onEvents: tell, onError }),
      await watchDeep(
        layout.gitDir,
        ['objects', 'lfs', 'logs', 'hooks', 'modules/**/{objects,lfs,logs,hooks}'],
        {
          onEvents(events) {
            if (events.some(({ path }) => !path.endsWith('.lock'))) listener.onRepository()
          },
          onError,
        },
      ),
    )
  } catch (error) {
    log.error(
      { err: error },
      'the system cannot watch this many files (inotify limits), looking at intervals instead',
    )
    blind = setInterval(() => {
      listener.onFiles([{ path: '', kind: 'changed' }])
      listener.onRepository()
    }, BLIND_INTERVAL_MS)
  }

  async function dispose(): Promise<void> {
    if (blind) clearInterval(blind)
    batch.dispose()
    modules.close()
    await Promise.all(subscriptions.map((subscription) => subscription.unsubscribe()))
  }

  return { complete: blind === null, dispose }
}

/** One change a path: a file that was made and written is new, one that was deleted and made again has changed. */
function createBatch(tell: (changes: FileChange[]) => void): {
  add(path: string, kind: FileChange['kind']): void
  dispose(): void
} {
  const changes = new Map<string, FileChange['kind']>()
  let timer: NodeJS.Timeout | null = null

  function flush(): void {
    timer = null
    const batch = Array.from(changes, ([path, kind]) => ({ path, kind }))
    changes.clear()
    tell(batch)
  }

  function add(path: string, kind: FileChange['kind']): void {
    const before = changes.get(path)
    changes.set(path, before === undefined ? kind : merge(before, kind))
    timer ??= setTimeout(flush, BATCH_MS)
  }

  function dispose(): void {
    if (timer) clearTimeout(timer)
  }

  return { add, dispose }
}

function merge(before: FileChange['kind'], next: FileChange['kind']): FileChange['kind'] {
  if (before === 'created' && next === 'changed') return 'created'
  return before === 'deleted' && next === 'created' ? 'changed' : next
}
