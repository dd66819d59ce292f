import { setTimeout as delay } from 'node:timers/promises'
import type { Container, Probe } from './objects.ts'

interface ProbeOptions {
  probe: Probe | undefined
  container: Container
  ip: string
  /** Milliseconds; the probe's own period without. */
  every: number | undefined
  onChange: (isWell: boolean) => void
  signal: AbortSignal
}

/** Asks again and again, and tells when the answer has changed; without a probe all is well. */
export async function probe({ probe, container, ip, every, onChange, signal }: ProbeOptions): Promise<void> {
  if (!probe?.httpGet) {
    onChange(true)
    return
  }
  const { path, port } = probe.httpGet
  const number =
    typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort
  const url = `http://${ip}:${number}${path}`
  let isWell: boolean | null = null
  let failures = 0
  while (!signal.aborted) {
    const answered = await ask(url, (probe.timeoutSeconds ?? 1) * 1000, signal)
    if (signal.aborted) return
    failures = answered ? 0 : failures + 1
    const well: boolean = answered || (isWell === true && failures < (probe.failureThreshold ?? 3))
    // A probe that has never succeeded has told nothing yet: containers begin as not ready.
    const isGiven = well || isWell !== null || failures >= (probe.failureThreshold ?? 3)
    if (isGiven && well !== isWell) {
      isWell = well
      onChange(well)
    }
    await delay(every ?? (probe.periodSeconds ?? 10) * 1000, undefined, { signal }).catch(() => {})
  }
}

async function ask(url: string, patience: number, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
