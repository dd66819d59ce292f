import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

import { z } from 'zod'

import { waitForClaim } from './claim.ts'
import type { TcpAddress } from './claim.ts'
import type { Logger } from './log.ts'
import { RunnerConfig } from './protocol.ts'

/** A disk that is kept can wait for its remote. */
const STOP_MS = 20_000

export interface ConfigSource {
  config: RunnerConfig
  /** Aborts when the parent that handed the config over is gone; never for a config file. */
  orphaned: AbortSignal
  /** Milliseconds for the last sweep and the last push together. */
  stopWithin: number
  /** Stops to listen for the parent. */
  close: () => void
}

/** What a runner that waits for its platform is told by its environment. */
const WaitingEnvironment = z.object({
  /** `:7070`, or `127.0.0.2:7070` for one address only. */
  CODENEST_LISTEN: z.string().transform(toAddress),
  CODENEST_ROOT: z.string().startsWith('/'),
  /** JWK of the platform's Ed25519 key. */
  CODENEST_PUBLIC_KEY: z.string().transform((text) => JSON.parse(text) as Record<string, unknown>),
  CODENEST_POD_UID: z.string().min(1),
  /** How long the last save may take: the disk goes with the pod. */
  CODENEST_STOP_SECONDS: z.coerce.number().int().min(1).max(86_400),
})

/**
 * Reads the config from a file, or with `-` from the first line of stdin, which the parent then keeps open, or with
 * `--wait` from the platform, when it claims this runner. null when `stopping` aborts before that.
 * Throws when the config is missing or invalid.
 */
export async function readConfig(
  source: string,
  log: Logger,
  stopping: AbortSignal,
): Promise<ConfigSource | null> {
  const never = new AbortController().signal
  if (source === '--wait') {
    const env = WaitingEnvironment.parse(process.env)
    const options = {
      listen: env.CODENEST_LISTEN,
      root: env.CODENEST_ROOT,
      publicKey: env.CODENEST_PUBLIC_KEY,
      uid: env.CODENEST_POD_UID,
      log,
    }
    const config = await waitForClaim(options, stopping)
    const stopWithin = env.CODENEST_STOP_SECONDS * 1000
    return config && { config, orphaned: never, stopWithin, close: () => undefined }
  }
  if (source !== '-') {
    const config = parse(await readFile(source, 'utf8'))
    return { config, orphaned: never, stopWithin: STOP_MS, close: () => undefined }
  }
  const orphaned = new AbortController()
  const lines = createInterface({ input: process.stdin })
  const first = await new Promise<string>((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => resolve(''))
  })
  lines.once('close', () => orphaned.abort())
  process.stdin.once('end', () => orphaned.abort())
  const config = parse(first)
  return { config, orphaned: orphaned.signal, stopWithin: STOP_MS, close: () => process.stdin.destroy() }
}

function toAddress(text: string): TcpAddress {
  const { host = '', port } = /^(?<host>.*):(?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  return { port: Number(port), ...(host !== '' && { host }) }
}

function parse(json: string): RunnerConfig {
  // The text holds a token: neither it nor the parser's excerpt of it may reach the log.
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw new Error('The runner config is not JSON.')
  }
  const result = RunnerConfig.safeParse(value)
  if (result.success) return result.data
  const fields = result.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`)
  throw new Error(`The runner config is invalid: ${fields.join(', ')}`)
}
