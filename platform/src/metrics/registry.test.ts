import { expect, it } from 'vitest'
import { Counter, Gauge, Histogram, Registry } from './registry.ts'

it('writes what Prometheus reads', () => {
  const registry = new Registry()
  const requests = registry.add('requests_total', new Counter('Requests.'))
  const seconds = registry.add('seconds', new Histogram('Time.', [0.1, 1]))
  registry.add('bytes', new Gauge('Memory.', () => 42))
  requests.add({ kind: 'a "b"\\\n' })
  requests.add({ kind: 'c' }, 2)
  for (const value of [0.1, 0.5, 7]) seconds.observe(value, { stage: 's' })
  expect(registry.expose()).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{kind="a \\"b\\"\\\\\\n"} 1
requests_total{kind="c"} 2

# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{stage="s",le="0.1"} 1
seconds_bucket{stage="s",le="1"} 2
seconds_bucket{stage="s",le="+Inf"} 3
seconds_sum{stage="s"} 7.6
seconds_count{stage="s"} 3

# HELP bytes Memory.
# TYPE bytes gauge
bytes 42
`)
  expect(() => registry.add('bytes', new Counter('Again.'))).toThrow(/already/)
})
