/** Label values by label name; label names are fixed per metric and their values few. */
export type Labels = Record<string, string>

interface Metric {
  /** Lines of the text format without its header. */
  lines(name: string): string[]
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
}

/** Seconds, from a request that found all in memory to a large push. */
const DEFAULT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** A number that only grows. */
export class Counter implements Metric {
  readonly type = 'counter'
  readonly help: string
  readonly #values = new Map<string, number>()

  constructor(help: string) {
    this.help = help
  }

  add(labels: Labels = {}, amount = 1): void {
    const key = format(labels)
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount)
  }

  lines(name: string): string[] {
    return [...this.#values].map(([labels, value]) => `${name}${braced(labels)} ${value}`)
  }
}

/** A number that is read when it is asked for. */
export class Gauge implements Metric {
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly #read: () => number

  constructor(help: string, read: () => number, type: 'gauge' | 'counter' = 'gauge') {
    this.help = help
    this.#read = read
    this.type = type
  }

  lines(name: string): string[] {
    return [`${name} ${this.#read()}`]
  }
}

/** How often values fell below each of some bounds. */
export class Histogram implements Metric {
  readonly type = 'histogram'
  readonly help: string
  readonly #bounds: number[]
  readonly #series = new Map<string, { counts: number[]; sum: number }>()

  constructor(help: string, bounds: number[] = DEFAULT_BUCKETS) {
    this.help = help
    this.#bounds = bounds
  }

  observe(value: number, labels: Labels = {}): void {
    const key = format(labels)
    const series = this.#series.get(key) ?? { counts: this.#bounds.map(() => 0).concat(0), sum: 0 }
    this.#series.set(key, series)
    const at = this.#bounds.findIndex((bound) => value <= bound)
    const bucket = at === -1 ? this.#bounds.length : at
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += value
  }

  lines(name: string): string[] {
    return [...this.#series].flatMap(([labels, { counts, sum }]) => {
      let below = 0
      const buckets = counts.map((count, at) => {
        below += count
        const bound = `le="${this.#bounds[at] ?? '+Inf'}"`
        return `${name}_bucket${braced(labels === '' ? bound : `${labels},${bound}`)} ${below}`
      })
      return [...buckets, `${name}_sum${braced(labels)} ${sum}`, `${name}_count${braced(labels)} ${below}`]
    })
  }
}

/** All metrics of a process, in Prometheus' text format. */
export class Registry {
  readonly #metrics = new Map<string, Metric>()

  add<M extends Metric>(name: string, metric: M): M {
    if (this.#metrics.has(name)) throw new Error(`there is a metric ${name} already`)
    this.#metrics.set(name, metric)
    return metric
  }

  /** Version 0.0.4 of the format. */
  expose(): string {
    return [...this.#metrics]
      .flatMap(([name, metric]) => [
        `# HELP ${name} ${metric.help}`,
        `# TYPE ${name} ${metric.type}`,
        ...metric.lines(name),
        '',
      ])
      .join('\n')
  }
}

function format(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',')
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}
