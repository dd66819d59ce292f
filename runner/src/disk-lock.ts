import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

import { errorCode } from './errors.ts'

export interface DiskLock extends AsyncDisposable {
  /** Aborts when another runner waits for the disk: what is not in the remote yet, that one will bring there. */
  wanted: AbortSignal
}

/**
 * One runner at a time works on a disk: one whose platform died may still be at its last push when the next one starts.
 * Waits until the other has ended. The lock is a Unix socket that is listened on, which cannot outlive its process.
 */
export async function lockDisk(path: string): Promise<DiskLock> {
  const wanted = new AbortController()
  const waiting = new Set<Socket>()
  for (;;) {
    const server = await listen(path, (socket) => {
      waiting.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => waiting.delete(socket))
      wanted.abort()
    })
    if (!server) {
      await waitForOther(path)
      continue
    }
    return {
      wanted: wanted.signal,
      async [Symbol.asyncDispose]() {
        const closed = once(server, 'close')
        server.close()
        for (const socket of waiting) socket.destroy()
        await closed
      },
    }
  }
}

/** null when the address is taken. */
async function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server | null> {
  const server = createServer(onConnection)
  try {
    server.listen(path)
    await once(server, 'listening')
    return server.unref()
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return null
    throw error
  }
}

/** Resolves when whoever listens has gone; the file of one that was killed is removed. */
async function waitForOther(path: string): Promise<void> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    socket.resume()
    await once(socket, 'close')
  } catch {
    await rm(path, { force: true })
  } finally {
    socket.destroy()
  }
}
