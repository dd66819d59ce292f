import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const PATIENCE = 10_000

/** Runs a system's program that takes no time to speak of. Resolves to its output; throws an error with its complaint. */
export async function runCommand(file: string, args: string[], input?: string): Promise<string> {
  const running = execute(file, args, { timeout: PATIENCE, encoding: 'utf8' })
  running.child.stdin?.on('error', () => {})
  running.child.stdin?.end(input ?? '')
  try {
    return (await running).stdout
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: number | string }
    if (code === 'ENOENT') throw new Error(`${file} is not installed`, { cause: error })
    const complaint = stderr?.trim().split('\n').at(-1)
    throw new Error(`${file} failed: ${complaint || `exit code ${code}`}`, { cause: error })
  }
}
