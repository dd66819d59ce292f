import { existsSync, watch } from 'node:fs'
import { join, relative } from 'node:path'

import watcher from '@parcel/watcher'

import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { FileChange } from '../protocol.ts'

/** Changes are collected for this long before they are told, in milliseconds. */
const BATCH_MS = 50
/** How often to look when the system cannot watch, in milliseconds. */
const BLIND_INTERVAL_MS = 5_000
const KINDS = { create: 'created', update: 'changed', delete: 'deleted' } as const

export interface WatchListener {
  onFiles: (changes: FileChange[]) => void
  /** HEAD, the index, a ref or the configuration of the clone changed. */
  onRepository: () => void
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
  const subscriptions: watcher.AsyncSubscription[] = []
  // What is ignored is not told at all, but a person wants to see the folder come and go.
  const modules = watch(layout.work, (_event, name) => {
    if (name !== 'node_modules') return
    batch.add(name, existsSync(join(layout.work, name)) ? 'created' : 'deleted')
  })
  modules.on('error', onError)
  let blind: NodeJS.Timeout | null = null
  try {
    subscriptions.push(
      await watcher.subscribe(
        layout.work,
        (error, events) => {
          if (error) onError(error)
          else for (const { path, type } of events) batch.add(relative(layout.work, path), KINDS[type])
        },
        { ignore: ['.git', '**/node_modules'] },
      ),
      await watcher.subscribe(
        layout.gitDir,
        (error, events) => {
          if (error) onError(error)
          else if (events.some(({ path }) => !path.endsWith('.lock'))) listener.onRepository()
        },
        { ignore: ['objects', 'lfs', 'modules', 'logs', 'hooks'] },
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
