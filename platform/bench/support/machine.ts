import { execFile } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'
import { promisify } from 'node:util'

export interface Machine {
  cores: number
  /** Gigabytes. */
  memory: number
  node: string
  git: string
}

export async function describeMachine(): Promise<Machine> {
  const { stdout } = await promisify(execFile)('git', ['--version'])
  return {
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    git: stdout.trim().replace('git version ', ''),
  }
}
