import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import { startRunner } from './runner.ts'

const EXIT_NOT_DURABLE = 3

// The engine's folder keeps others out; the user's files get the modes that they would have anywhere.
process.umask(0o022)

async function main(): Promise<void> {
  const log = createLog()
  try {
    const { config, orphaned, close } = await readConfig(process.argv[2] ?? '-')
    const stopping = Promise.withResolvers<void>()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.resolve())
    orphaned.addEventListener('abort', () => stopping.resolve())
    if (orphaned.aborted) stopping.resolve()

    const runner = await startRunner(config, log.child({ workspace: config.workspace }), (stage) => {
      process.stdout.write(`${JSON.stringify(stage)}\n`)
    })
    runner.displaced.addEventListener('abort', () => stopping.resolve())
    await stopping.promise
    const durable = await runner.stop()
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
