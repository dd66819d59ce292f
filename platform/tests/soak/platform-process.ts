// A platform as a process of its own, whose store has bad days and whose clock jumps.
import { Mask } from '@codenest/runner/mask'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toConfig } from '../../src/config/config.ts'
import { readEnv } from '../../src/config/env.ts'
import { bareMachine } from '../../src/engines/sandbox/machine.ts'
import { createLog } from '../../src/log.ts'
import { Platform } from '../../src/platform.ts'
import { DiskObjectStore } from '../../src/store/disk-object-store.ts'
import { FaultStore } from '../simulation/fault-store.ts'
import { createRandom } from '../simulation/random.ts'
import { followClock, watchWeather } from './weather.ts'

const RUNNER = fileURLToPath(new URL('runner-process.ts', import.meta.url))

const config = toConfig(readEnv(process.env))
const weather = watchWeather(config.dataDir)
followClock(weather)
const log = createLog(config.logLevel, new Mask())
const store = new FaultStore(
  await DiskObjectStore.open(join(config.dataDir, 'store')),
  { dead: false, died: Promise.withResolvers() },
  createRandom(process.pid),
  { step: (work) => work() as Promise<never> },
  {
    get faults() {
      return weather().faults
    },
    crashes: 0,
  },
)
// Without a sandbox, so that the soak may look at disks and kill runners while their platform lives.
const machine = bareMachine(join(config.dataDir, 'run'), 'This is a soak.')
const platform = await Platform.start(config, log, () => {}, { store, machine, runner: RUNNER })
process.stdout.write(`${platform.launchUrl}\n`)
