import { createHash } from 'node:crypto'
import type { RunnerSpec } from '../engine.ts'
import type { Tokens } from '../../access/tokens.ts'
import { AppError } from '../../errors.ts'

/** Seconds; a claim is sent at once. */
const TOKEN_SECONDS = 60
/** Milliseconds until a runner has to have answered. */
const PATIENCE = 10_000

/**
 * Tells a runner that waits for whom it works. The token is good for this pod and for this very text. Throws an
 * `AppError` when the runner does not take it, whatever `fetch` throws when it cannot be reached.
 */
export async function claimRunner(
  origin: string,
  podUid: string,
  spec: RunnerSpec,
  tokens: Tokens,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify(spec)
  const digest = createHash('sha256').update(body).digest('base64url')
  const { token } = await tokens.mint('claim', podUid, TOKEN_SECONDS, { digest })
  const response = await fetch(`${origin}/claim`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  })
  await response.body?.cancel()
  if (response.status === 202) return
  throw new AppError(
    503,
    'claim_refused',
    `The runner refused to work for this workspace (${response.status}). Its image may be older than the platform, or its public key another's: whoever runs this CodeNest has to see to it.`,
  )
}
