import { lstatSync, readdirSync } from 'node:fs'

import watcher from '@parcel/watcher'

/** Left to choose, the watcher first runs whatever program is called `watchman`. */
const BACKEND = process.platform === 'linux' ? 'inotify' : undefined

export interface DeepWatch {
  unsubscribe(): Promise<void>
}

/** More of them at a time would be a build that goes wild; then what is new is watched one folder deep. */
const MOST_SUBSCRIPTIONS = 1_000

/**
 * Watches a folder with all that is below it, folders that come later included. On Linux the watcher takes up a new
 * folder itself, but nothing that was in it by then (parcel-bundler/watcher#97): `mkdir -p a/b` leaves `b` unwatched. So
 * a new folder that has folders in it gets a subscription of its own, and is told as changed for what went unseen.
 */
export async function watchDeep(
  root: string,
  ignore: string[],
  listener: { onEvents: (events: watcher.Event[]) => void; onError: (error: Error) => void },
): Promise<DeepWatch> {
  const subscriptions = new Map<string, Promise<watcher.AsyncSubscription | null>>()
  let isClosed = false

  function receive(error: Error | null, events: watcher.Event[]): void {
    if (isClosed) return
    if (error) {
      listener.onError(error)
      return
    }
    for (const { path } of events) {
      // What is told as deleted may have been made anew, and the other way round.
      const kind = look(path)
      if (kind === 'gone') void leave(path)
      else if (kind === 'deep') enter(path)
    }
    listener.onEvents(events)
  }

  function enter(folder: string): void {
    if (subscriptions.size >= MOST_SUBSCRIPTIONS) return
    // One after the other: while the old subscription lives, a new one would share what it knows.
    const subscribed = leave(folder).then(() => subscribe(folder))
    subscriptions.set(folder, subscribed)
    void subscribed.then(() => {
      if (!isClosed) listener.onEvents([{ path: folder, type: 'update' }])
    })
  }

  async function subscribe(folder: string): Promise<watcher.AsyncSubscription | null> {
    try {
      return await watcher.subscribe(folder, receive, { ignore, backend: BACKEND })
    } catch (error) {
      // It has gone again, mostly; what has come in its place meanwhile is told by itself.
      const isGone = /No such file/.test((error as Error).message)
      if (!isGone && lstatSync(folder, { throwIfNoEntry: false })) listener.onError(error as Error)
      return null
    }
  }

  async function leave(folder: string): Promise<void> {
    const subscribed = subscriptions.get(folder)
    subscriptions.delete(folder)
    const subscription = await subscribed
    // The system has dropped the watch of a folder that is gone, and says so.
    await subscription?.unsubscribe().catch(() => undefined)
  }

  subscriptions.set(
    root,
    Promise.resolve(await watcher.subscribe(root, receive, { ignore, backend: BACKEND })),
  )

  return {
    async unsubscribe() {
      isClosed = true
      await Promise.all(
        Array.from(subscriptions.values(), async (each) => {
          const subscription = await each
          await subscription?.unsubscribe()
        }),
      )
    },
  }
}

/** `deep`: a folder with folders in it, which the watcher may not have seen. */
function look(path: string): 'gone' | 'deep' | 'flat' {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats) return 'gone'
    if (!stats.isDirectory()) return 'flat'
    return readdirSync(path, { withFileTypes: true }).some((entry) => entry.isDirectory()) ? 'deep' : 'flat'
  } catch {
    return 'gone'
  }
}
