import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

import { RunnerConfig } from './protocol.ts'

export interface ConfigSource {
  config: RunnerConfig
  /** Aborts when the parent that handed the config over is gone; never for a config file. */
  orphaned: AbortSignal
  /** Stops to listen for the parent. */
  close: () => void
}

/**
 * Reads the config from a file, or with `-` from the first line of stdin, which the parent then keeps open.
 * Throws when the config is missing or invalid.
 */
export async function readConfig(source: string): Promise<ConfigSource> {
  if (source !== '-') {
    const orphaned = new AbortController().signal
    return { config: parse(await readFile(source, 'utf8')), orphaned, close: () => undefined }
  }
  const orphaned = new AbortController()
  const lines = createInterface({ input: process.stdin })
  const first = await new Promise<string>((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => resolve(''))
  })
  lines.once('close', () => orphaned.abort())
  process.stdin.once('end', () => orphaned.abort())
  return { config: parse(first), orphaned: orphaned.signal, close: () => process.stdin.destroy() }
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
