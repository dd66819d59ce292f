import { createServer, createConnection } from 'node:net'
import type { Server } from 'node:net'
import { once } from 'node:events'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from './config/config.ts'
import { isErrno } from './errors.ts'

/**
 * Keeps a second platform away from a data directory. The lock is a Unix socket that is listened on: it cannot
 * outlive its process. Throws a `ConfigError` when another platform has it.
 */
export async function lockDataDir(dataDir: string): Promise<AsyncDisposable> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await chmod(dataDir, 0o700)
  const path = join(dataDir, 'platform.sock')
  const server = (await listen(path)) ?? (await takeOver(path))
  if (!server)
    throw new ConfigError(
      `CODENEST_DATA_DIR ${dataDir} is in use by another CodeNest. Stop that one, or give this one another folder.`,
    )
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** null when the address is taken. */
async function listen(path: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen(path)
    await once(server, 'listening')
    server.unref()
    return server
  } catch (error) {
    if (isErrno(error, 'EADDRINUSE')) return null
    throw error
  }
}

/** A socket file that nobody listens on was left by a crash. */
async function takeOver(path: string): Promise<Server | null> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    return null
  } catch {
    await rm(path, { force: true })
    return await listen(path)
  } finally {
    socket.destroy()
  }
}
