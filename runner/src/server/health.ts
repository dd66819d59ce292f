import type { ServerResponse } from 'node:http'

import type { StageStatus } from '../protocol.ts'

/** How the runner does, for whoever watches over it; says nothing of what is in the workspace. */
export interface Health {
  /** False when `path` is about something else. */
  answer(path: string | undefined, response: ServerResponse): boolean
  /** Tells those who listen at `/stages` of the next one. */
  tell(stage: StageStatus): void
  close(): void
}

/**
 * `/livez`, `/readyz`, `/healthz` (the stage), and `/stages`: a line of JSON for each stage from the present one on, with
 * the session that it is of.
 */
export function createHealth(session: string, stage: () => StageStatus): Health {
  const listeners = new Set<ServerResponse>()
  const lineOf = (status: StageStatus): string => `${JSON.stringify({ session, ...status })}\n`

  function listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    response.write(lineOf(stage()))
    listeners.add(response)
    response.on('error', () => response.destroy())
    response.once('close', () => listeners.delete(response))
  }

  return {
    answer(path, response) {
      if (path === '/stages') {
        listen(response)
        return true
      }
      const isReady = stage().stage === 'ready'
      const status = { '/livez': 200, '/healthz': 200, '/readyz': isReady ? 200 : 503 }[path ?? '']
      if (status === undefined) return false
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(stage()))
      return true
    },
    tell(next) {
      for (const response of listeners) response.write(lineOf(next))
    },
    close() {
      for (const response of listeners) response.end()
    },
  }
}
