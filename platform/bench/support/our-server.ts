import { pino } from 'pino'
import { AppError } from '../../src/errors.ts'
import { Maintenance } from '../../src/git/maintenance.ts'
import { Remotes } from '../../src/git/remotes.ts'
import { createGitHttp } from '../../src/git/smart-http.ts'
import { DiskObjectStore } from '../../src/store/disk-object-store.ts'
import type { ObjectStore } from '../../src/store/object-store.ts'
import { S3ObjectStore } from '../../src/store/s3-object-store.ts'
import type { S3Options } from '../../src/store/s3-options.ts'
import { serve } from './server-process.ts'

/** The platform's Git over HTTP alone, open to everybody. */
export interface OurServerOptions {
  /** Local: of the disk store, and of the cache. */
  folder: string
  /** null: the disk store. */
  s3: S3Options | null
  /** Made empty at the start. */
  repositories: string[]
}

serve(async (options) => {
  const { folder, s3, repositories } = options as OurServerOptions
  const store: ObjectStore = s3 ? await S3ObjectStore.open(s3) : await DiskObjectStore.open(`${folder}/store`)
  const remotes = await Remotes.open(store, `${folder}/cache`)
  // Compacts in the background, as the platform does.
  const maintenance = new Maintenance(remotes, pino({ level: 'error' }))
  for (const id of repositories)
    await remotes.create(id, { head: 'refs/heads/main', refs: {}, pack: null, by: 'bench' })
  const push = { by: 'bench', refuse: () => null, inspect: async () => {} }
  const git = createGitHttp(remotes, async () => ({ push }))
  return {
    answer: (request, response) => {
      git.handle(request, response).catch((error: unknown) => {
        console.error(error)
        if (!response.headersSent) response.statusCode = error instanceof AppError ? error.status : 500
        response.end(String(error))
      })
    },
    async [Symbol.asyncDispose]() {
      await maintenance[Symbol.asyncDispose]()
      await remotes[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
})
