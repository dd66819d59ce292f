import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolder } from './support/shell.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

it('waits for the last saves however often it is told to end', async () => {
  await using folder = await temporaryFolder()
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      CODENEST_PORT: '0',
      CODENEST_DATA_DIR: folder.path,
      CODENEST_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'close')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (line.includes('Stop: Ctrl+C') || line.startsWith('Stopping')) child.kill('SIGTERM')
  }
  await exited
  expect(said.at(-1)).toBe('Stopped.')
  expect(child.exitCode).toBe(0)
})
