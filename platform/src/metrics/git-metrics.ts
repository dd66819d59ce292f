import type { Logger } from 'pino'
import type { GitObserver } from '../git/git-observer.ts'
import type { Remotes } from '../git/remotes.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { ObservedStore } from './observed-store.ts'
import type { StoreCalls } from './observed-store.ts'
import { Counter, Gauge, Histogram } from './registry.ts'
import type { Registry } from './registry.ts'

/** Refs that a log line names; a push may have thousands. */
const LOGGED_REFS = 20

/** Counts what is asked of a store. */
export function observeStore(store: ObjectStore, registry: Registry): ObservedStore {
  const calls = registry.add(
    'codenest_store_calls_total',
    new Counter('Calls to the object store, by kind and outcome.'),
  )
  const seconds = registry.add(
    'codenest_store_call_seconds',
    new Histogram('Time of calls to the object store, by kind.'),
  )
  return new ObservedStore(store, (kind, outcome, took) => {
    calls.add({ kind, outcome })
    seconds.observe(took, { kind })
  })
}

/** Counts what git clients do, and logs one line per push. */
export function observeGit(
  remotes: Remotes,
  store: ObservedStore,
  registry: Registry,
  log: Logger,
): GitObserver {
  const requests = registry.add(
    'codenest_git_requests_total',
    new Counter('Requests of git clients, by kind and outcome.'),
  )
  const stages = registry.add(
    'codenest_git_push_seconds',
    new Histogram('Time of the stages of pushes: receive, connect, upload, publish.'),
  )
  addCacheMetrics(remotes, registry)
  registry.add('process_resident_memory_bytes', new Gauge('Memory.', () => process.memoryUsage.rss()))

  return {
    request: (kind, outcome) => requests.add({ kind, outcome }),
    async push(repository, trace, work) {
      const storeCalls: StoreCalls = {}
      const start = performance.now()
      try {
        return await store.count(storeCalls, work)
      } finally {
        const milliseconds: Record<string, number> = { total: Math.round(performance.now() - start) }
        for (const [stage, took] of Object.entries(trace.stages)) {
          stages.observe(took / 1000, { stage })
          milliseconds[stage] = Math.round(took)
        }
        const { by, outcome, packBytes, objects } = trace
        const refs = trace.refs.slice(0, LOGGED_REFS)
        const refCount = trace.refs.length
        log.info(
          { repository, by, outcome, refs, refCount, packBytes, objects, milliseconds, storeCalls },
          'push',
        )
      }
    },
  }
}

function addCacheMetrics(remotes: Remotes, registry: Registry): void {
  const { cache } = remotes
  const add = (name: string, help: string, read: () => number, type: 'gauge' | 'counter'): void =>
    void registry.add(name, new Gauge(help, read, type))
  add('codenest_git_cache_bytes', 'Packs and indexes that are open.', () => cache.bytes, 'gauge')
  add('codenest_git_cache_hits_total', 'Uses of packs that were here.', () => cache.uses.hits, 'counter')
  add('codenest_git_cache_misses_total', 'Packs fetched from the store.', () => cache.uses.misses, 'counter')
  const packs = registry.add(
    'codenest_git_repository_packs',
    new Histogram('Packs of a repository, at each change of it.', [1, 2, 4, 8, 16, 32, 64, 128, 256]),
  )
  const most = new Map<string, number>()
  remotes.subscribe((id, { head }) => {
    packs.observe(head.packs.length)
    most.set(id, head.packs.length)
  })
  const largest = (): number => [...most.values()].reduce((max, count) => Math.max(max, count), 0)
  add('codenest_git_repository_packs_max', 'Packs of the repository that has most.', largest, 'gauge')
}
