import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A platform as a process of its own, as people start it; whoever calls ends it. */
export function spawnPlatform(dataDir: string): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      CODENEST_PORT: '0',
      CODENEST_DATA_DIR: dataDir,
      CODENEST_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
