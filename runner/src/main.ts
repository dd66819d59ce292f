import { once } from 'node:events'

import { readConfig } from './config.ts'
import { openDoor } from './door.ts'
import { createLog } from './log.ts'
import { Mask } from './mask.ts'
import { startRunner } from './runner.ts'

const EXIT_NOT_DURABLE = 3

// The engine's folder keeps others out; the user's files get the modes that they would have anywhere.
process.umask(0o022)

async function main(): Promise<void> {
  const mask = new Mask()
  const log = createLog(mask)
  try {
    const stopping = new AbortController()
    const stop = (): void => stopping.abort()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
    const source = await readConfig(process.argv[2] ?? '-', log, stopping.signal)
    // Told to end before it was told for whom it works, it has nothing to save.
    if (source === null) return
    const { config, orphaned, stopWithin, close } = source
    orphaned.addEventListener('abort', stop)
    if (orphaned.aborted) stop()

    await using _door = config.door ? await openDoor(config.door) : null
    const told = (stage: unknown): unknown => process.stdout.write(`${JSON.stringify(stage)}\n`)
    const runner = await startRunner(config, log.child({ workspace: config.workspace }), mask, told)
    runner.displaced.addEventListener('abort', stop)
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
    const durable = await runner.stop(stopWithin)
    close()
    process.exitCode = durable ? 0 : EXIT_NOT_DURABLE
  } catch (error) {
    log.fatal({ err: error }, 'the runner failed')
    process.exitCode = 1
  }
  // A child that ignores its end must not keep a stopped runner alive.
  setTimeout(() => process.exit(), 1_000).unref()
}

void main()
