import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { temporaryFolder } from './support/shell.ts'
import { spawnPlatform } from './support/spawn-platform.ts'

it('waits for the last saves however often it is told to end', async () => {
  await using folder = await temporaryFolder()
  const child = spawnPlatform(folder.path)
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
