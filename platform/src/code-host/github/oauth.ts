import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { unreachable } from './explain.ts'
import type { GitHubOptions } from './github.ts'

/** Milliseconds. */
const PATIENCE = 15_000

const Answer = z.union([
  z.object({ access_token: z.string().min(1), scope: z.string().default('') }),
  z.object({ error: z.string(), error_description: z.string().default('') }),
])

/** Changes the code of a redirect for a token. Throws an `AppError`. */
export async function exchangeCode(
  { web, clientId, clientSecret }: GitHubOptions,
  code: string,
  redirectUrl: string,
  verifier: string,
  signal: AbortSignal,
): Promise<{ token: string; scopes: string[] }> {
  const body = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    code,
    redirect_uri: redirectUrl,
    code_verifier: verifier,
  })
  const asked = { method: 'POST', headers: { accept: 'application/json' }, body, redirect: 'error' } as const
  const answer = Answer.safeParse(await send(`${web}/login/oauth/access_token`, asked, signal))
  if (!answer.success)
    throw new AppError(
      502,
      'code_host_trouble',
      'GitHub answered with something else than a connection. Try again.',
    )
  if ('access_token' in answer.data) {
    const { access_token: token, scope } = answer.data
    return { token, scopes: scope.split(/[\s,]+/).filter((each) => each !== '') }
  }
  const { error } = answer.data
  if (error === 'bad_verification_code')
    throw new AppError(
      409,
      'code_host_expired',
      'The answer of GitHub was used already, or is too old. Connect GitHub again.',
    )
  throw new AppError(
    502,
    'code_host_setup',
    `GitHub does not accept this CodeNest as an OAuth app (${error}). Whoever runs it has to check CODENEST_GITHUB_CLIENT_ID, CODENEST_GITHUB_CLIENT_SECRET and the callback URL of the app.`,
  )
}

/** Gives a token back; one that is known no more is given back already. Throws an `AppError`. */
export async function revokeToken(
  { api, clientId, clientSecret }: GitHubOptions,
  token: string,
): Promise<void> {
  const response = await fetch(`${api}/applications/${encodeURIComponent(clientId)}/token`, {
    method: 'DELETE',
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    },
    body: JSON.stringify({ access_token: token }),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: unknown) => {
    throw unreachable(error)
  })
  await response.body?.cancel()
  if (response.ok || response.status === 404 || response.status === 422) return
  throw new AppError(
    502,
    'code_host_trouble',
    `GitHub did not take the connection back (status ${response.status}).`,
  )
}

async function send(url: string, request: RequestInit, signal: AbortSignal): Promise<unknown> {
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
    return await (await fetch(url, { ...request, signal: bounded })).json()
  } catch (error) {
    signal.throwIfAborted()
    throw unreachable(error)
  }
}
