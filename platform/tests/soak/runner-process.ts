// A runner whose clock jumps. It is started in `<data>/run/.disks/<disk>`.
import { join } from 'node:path'
import { followClock, watchWeather } from './weather.ts'

followClock(watchWeather(join(process.cwd(), '../../..')))
await import(import.meta.resolve('@codenest/runner/main'))
