import { join } from 'node:path'
import type { Logger } from 'pino'
import { ConfigError } from '../config/config.ts'
import type { Config } from '../config/config.ts'
import type { Engine } from './engine.ts'
import { LocalEngine } from './local-engine.ts'
import { examineMachine, isIsolated } from './sandbox/machine.ts'
import type { Machine } from './sandbox/machine.ts'

/** What tests put in the place of what is found. */
export interface LocalOverrides {
  /** What the engine takes this machine for. */
  machine?: Machine
  /** The program that its runners are. */
  runner?: string
}

/**
 * `door` is the platform's socket for runners. Throws a `ConfigError` when workspaces have to be kept apart and this
 * machine cannot.
 */
export async function openLocalEngine(
  config: Config,
  door: string,
  log: Logger,
  overrides: LocalOverrides,
): Promise<Engine> {
  const folder = join(config.dataDir, 'run')
  const machine = overrides.machine ?? (await examineMachine(folder))
  const { kind, missing } = machine.isolation
  if (missing.length > 0) log.warn({ kind, missing }, 'workspaces are not isolated in every way')
  if (config.requireIsolation && !isIsolated(machine))
    throw new ConfigError(
      `CODENEST_REQUIRE_ISOLATION is set, and this machine cannot isolate workspaces. ${missing.join(' ')}`,
    )
  const { runner } = overrides
  const spare = config.spareRunner
  return LocalEngine.open({ folder, machine, door, spare, log, ...(runner && { program: runner }) })
}
