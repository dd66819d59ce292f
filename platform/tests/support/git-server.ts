import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { AppError } from '../../src/errors.ts'
import { systemClock } from '../../src/git/clock.ts'
import type { GitObserver } from '../../src/git/git-observer.ts'
import type { PackEntry } from '../../src/git/head.ts'
import { DEFAULT_LIMITS } from '../../src/git/limits.ts'
import type { Limits } from '../../src/git/limits.ts'
import { ZERO_OID } from '../../src/git/object-id.ts'
import { PushRefused } from '../../src/git/receive-pack.ts'
import { Remotes } from '../../src/git/remotes.ts'
import { createGitHttp } from '../../src/git/smart-http.ts'
import { ObservedStore } from '../../src/metrics/observed-store.ts'
import { DiskObjectStore } from '../../src/store/disk-object-store.ts'
import type { ObjectStore } from '../../src/store/object-store.ts'
import { temporaryFolder } from './shell.ts'

export interface GitServer extends AsyncDisposable {
  url(repository: string): string
  remotes: Remotes
  store: ObservedStore
  folder: string
}

export interface GitServerOptions {
  /** A disk store of its own when there is none. */
  store?: ObjectStore
  limits?: Partial<Limits>
  /** Packs that count for the same owner. */
  besides?: () => Promise<PackEntry[]>
  observer?: (remotes: Remotes, store: ObservedStore) => GitObserver
}

/** The platform's Git over HTTP alone, open to everybody, on a free port; branches named `protected` are refused. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const folder = await temporaryFolder()
  const store = new ObservedStore(options.store ?? (await DiskObjectStore.open(`${folder.path}/store`)))
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const remotes = await Remotes.open(store, `${folder.path}/cache`, systemClock, limits)
  const push = {
    by: 'test',
    refuse: ({ ref }: { ref: string }) =>
      ref === 'refs/heads/protected' ? 'this branch is protected' : null,
    ...(options.besides && { besides: options.besides }),
    inspect: async (updates: { ref: string; new: string }[]) => {
      if (updates.some(({ ref, new: oid }) => ref === 'refs/heads/judged' && oid !== ZERO_OID))
        throw new PushRefused('judged and found wanting')
    },
  }
  const git = createGitHttp(remotes, async () => ({ push }), options.observer?.(remotes, store))
  const server = createServer((request, response) => {
    git.handle(request, response).catch((error: unknown) => {
      response.statusCode = error instanceof AppError ? error.status : 500
      response.end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: (repository) => `http://127.0.0.1:${port}/git/${repository}.git`,
    remotes,
    store,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await remotes[Symbol.asyncDispose]()
      if (!options.store) await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
