import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { signIn } from '../../tests/support/platform.ts'
import type { Owner } from '../../tests/support/platform.ts'

const MAIN = fileURLToPath(import.meta.resolve('../../src/main.ts'))

export interface PlatformProcess extends Owner, AsyncDisposable {
  pid: number
  launchUrl: string
}

/** The platform as people start it, as a process of its own: a bench's own work does not slow it. */
export async function startPlatformProcess(dataDir: string): Promise<PlatformProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: {
      ...process.env,
      CODENEST_PORT: '0',
      CODENEST_DATA_DIR: dataDir,
      CODENEST_ALLOWED_REPOSITORY_HOSTS: '127.0.0.1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const launchUrl = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the platform ended with exit code ${code}`)))
    lines.on('line', (line) => {
      const [url] = /http:\S+\/launch\S+/.exec(line) ?? []
      if (url !== undefined) resolve(url)
    })
  })
  const next = new Promise<string>((resolve) =>
    lines.on('line', (line) => line.startsWith('Signed in') && resolve(line.split(' ').at(-1) ?? '')),
  )
  const owner = await signIn(launchUrl)
  return {
    ...owner,
    pid: child.pid ?? 0,
    launchUrl: await next,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
