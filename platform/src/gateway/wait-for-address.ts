import type { Engine, RunnerAddress } from '../engines/engine.ts'

/** Milliseconds; longer than a runner takes until it listens, which is long before it is ready. */
const PATIENCE = 20_000

/**
 * The address of a runner that may be about to start: a page connects as soon as its workspace is asked to run.
 * null when it does not come in time, fails, or `signal` is aborted.
 */
export async function waitForAddress(
  engine: Engine,
  workspace: string,
  signal: AbortSignal,
): Promise<RunnerAddress | null> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
  const { promise, resolve } = Promise.withResolvers<RunnerAddress | null>()
  const look = (): void => {
    const address = engine.address(workspace)
    const { state } = engine.observe(workspace)
    if (address) resolve(address)
    else if (state === 'failed' || state === 'stopping') resolve(null)
  }
  using _subscription = engine.subscribe((id) => id === workspace && look())
  patience.addEventListener('abort', () => resolve(null), { once: true })
  look()
  return await promise
}
