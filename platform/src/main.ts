import { once } from 'node:events'
import { Mask } from '@codenest/runner/mask'
import { ConfigError, toConfig } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { createLog } from './log.ts'
import { Platform } from './platform.ts'
import { ObjectStoreError } from './store/object-store.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Milliseconds until the process ends although something still holds it. */
const EXIT_DEADLINE = 5000

async function main(): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // A second Ctrl+C is for those who cannot wait for the last saves. A supervisor that tells every process of a
      // group to end, of whom some tell it to each other, means it once.
      if (stop.signal.aborted && signal === 'SIGINT') process.exit(130)
      stop.abort()
    })
  const config = toConfig(readEnv(process.env))
  const launched = (): void => say(`Signed in. For another browser: ${platform.launchUrl}`)
  const mask = new Mask()
  await using platform = await Platform.start(config, createLog(config.logLevel, mask), launched, { mask })
  say(
    `\n  CodeNest is running. Open\n\n    ${platform.launchUrl}\n\n  Data: ${config.dataDir}   Stop: Ctrl+C\n`,
  )
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  say('Stopping: waiting for the last saves. Press Ctrl+C again to stop at once.')
}

try {
  await main()
  say('Stopped.')
} catch (error) {
  process.exitCode = 1
  const known = error instanceof ConfigError || error instanceof ObjectStoreError
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
}
setTimeout(() => process.exit(), EXIT_DEADLINE).unref()
