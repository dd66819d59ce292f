import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../tests/support/free-port.ts'

export interface Program {
  file: string
  /** Before its own arguments. */
  args: string[]
  env: NodeJS.ProcessEnv
}

/** A server of somebody else's, on a free port of this machine; `args` are made for the port. */
export async function startProgram(
  { file, args, env }: Program,
  argsFor: (port: number) => string[],
): Promise<{ pid: number; port: number } & AsyncDisposable> {
  const port = await freePort()
  const child = spawn(file, [...args, ...argsFor(port)], { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  const patience = AbortSignal.timeout(60_000)
  while (!(await answers(port))) {
    if (child.exitCode !== null || patience.aborted) {
      await stop()
      throw new Error(`${file} did not start`)
    }
    await delay(50)
  }
  return { pid: child.pid ?? 0, port, [Symbol.asyncDispose]: stop }
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
