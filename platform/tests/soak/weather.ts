import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What goes wrong around the processes of a soak. They read it from a file of the data directory. */
export interface Weather {
  /** Milliseconds by which the clock is wrong. */
  clock: number
  /** Probability that an operation of the object store fails. */
  faults: number
}

export const FAIR: Weather = { clock: 0, faults: 0 }
/** Real milliseconds for which a reading is good enough. */
const FRESH_MS = 20

export function setWeather(dataDir: string, weather: Weather): void {
  const path = join(dataDir, 'weather')
  writeFileSync(`${path}.new`, JSON.stringify(weather))
  renameSync(`${path}.new`, path)
}

/** Reads it whenever it is asked. */
export function watchWeather(dataDir: string): () => Weather {
  const path = join(dataDir, 'weather')
  let weather = FAIR
  let readAt = -Infinity
  return () => {
    if (performance.now() - readAt < FRESH_MS) return weather
    readAt = performance.now()
    weather = JSON.parse(readFileSync(path, 'utf8')) as Weather
    return weather
  }
}

/** From now on this process believes a clock that jumps. Timers go on by the real one, as they do. */
export function followClock(weather: () => Weather): void {
  const RealDate = Date
  const now = (): number => RealDate.now() + weather().clock
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values: [], self) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, self),
    get: (target, key, self) => (key === 'now' ? now : Reflect.get(target, key, self)),
  })
}
