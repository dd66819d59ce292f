import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { signIn } from '../support/platform.ts'
import type { Owner } from '../support/platform.ts'

const PROGRAM = fileURLToPath(new URL('platform-process.ts', import.meta.url))

/** A platform in a process of its own. */
export interface SoakPlatform extends Owner {
  dataDir: string
  /** At once, as a machine that loses its power. */
  kill(): Promise<void>
  /** Ends its runners in the same way; resolves when they are gone. */
  killRunners(): Promise<void>
}

/** The weather file has to be there, and fair. */
export async function startSoakPlatform(dataDir: string): Promise<SoakPlatform> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    env: {
      PATH: process.env['PATH'],
      CODENEST_PORT: '0',
      CODENEST_DATA_DIR: dataDir,
      CODENEST_LOG_LEVEL: process.env['CODENEST_LOG_LEVEL'] ?? 'silent',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const owner = await signIn(line)
    return {
      ...owner,
      dataDir,
      async kill() {
        // Looked up before: a dead parent has no children.
        const runners = await findRunners(child.pid)
        child.kill('SIGKILL')
        await exited
        await killAll(runners)
      },
      killRunners: async () => killAll(await findRunners(child.pid)),
    }
  }
  throw new Error('the platform did not start')
}

async function findRunners(parent: number | undefined): Promise<number[]> {
  const children = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8'))
    .split(' ')
    .filter(Boolean)
  const found = children.map(async (pid) => {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return command.includes('runner-process') ? [Number(pid)] : []
  })
  return (await Promise.all(found)).flat()
}

async function killAll(pids: number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has just ended by itself.
    }
  }
  // Not children of this process: their end cannot be waited for, only seen.
  while (pids.some((pid) => isAlive(pid))) await setImmediate()
}

function isAlive(pid: number): boolean {
  try {
    // A zombie has let go of everything.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
