import { z } from 'zod'
import { AppError } from '../../errors.ts'

/** What GitHub answered, or that it did not. */
export interface Refusal {
  status: number
  headers: Record<string, string | number | undefined>
  message: string
  data: unknown
}

const Validation = z.object({
  errors: z
    .array(z.union([z.string(), z.object({ message: z.string().optional(), field: z.string().optional() })]))
    .optional(),
})

/** A refusal of GitHub in words, with what to do. `web` is its origin, `now` milliseconds since the epoch. */
export function explainRefusal(refusal: Refusal, web: string, now = Date.now()): AppError {
  const { status, message } = refusal
  const say = (code: number, name: string, text: string): AppError => new AppError(code, name, text)
  const limit = rateLimit(refusal, now)
  if (limit !== null) return say(429, 'code_host_rate_limited', limit)
  if (status === 401)
    return say(
      409,
      'code_host_reconnect',
      'GitHub does not accept the connection any more: it was revoked, or has expired. Connect GitHub again.',
    )
  if (status === 403) return explainForbidden(refusal, web)
  if (status === 404)
    return say(
      404,
      'code_host_not_found',
      'GitHub knows no such repository, or does not show it to you. Check its name, and whether your account may see it.',
    )
  if (status === 422) return say(422, 'code_host_refused', `GitHub refused it: ${validationOf(refusal)}.`)
  if (status === 409 || status === 451)
    return say(409, 'code_host_refused', `GitHub refused it: ${sentence(message)}.`)
  if (status >= 500)
    return say(
      503,
      'code_host_trouble',
      `GitHub could not do it just now (status ${status}). Try again in a minute.`,
    )
  return say(502, 'code_host_refused', `GitHub answered with status ${status}: ${sentence(message)}.`)
}

/** GitHub was not reached at all. */
export function unreachable(cause: unknown): AppError {
  return new AppError(
    503,
    'code_host_unreachable',
    'GitHub cannot be reached from this CodeNest. Try again; if it goes on, whoever runs this CodeNest has to see to its network.',
    { cause },
  )
}

function explainForbidden({ headers, message }: Refusal, web: string): AppError {
  const sso = /url=(\S+)/.exec(String(headers['x-github-sso'] ?? ''))?.[1]
  if (headers['x-github-sso'] !== undefined) {
    const place = sso?.startsWith(`${web}/`) ? `Allow it at ${sso}` : 'Sign in to the organization on GitHub'
    return new AppError(
      409,
      'code_host_sso',
      `The organization asks for its single sign-on before this connection may see it. ${place}, then try again.`,
    )
  }
  if (/OAuth App access restrictions/i.test(message))
    return new AppError(
      409,
      'code_host_restricted',
      'The organization allows only OAuth apps that it has approved, and this CodeNest is none of them. Ask an owner of the organization to approve it.',
    )
  const missing = missingScopes(headers)
  if (missing.length > 0)
    return new AppError(
      409,
      'code_host_reconnect',
      `The connection to GitHub lacks a permission for this (${missing.join(' or ')}). Connect GitHub again and allow it.`,
    )
  return new AppError(
    409,
    'code_host_forbidden',
    `Your GitHub account may not do this: ${sentence(message)}.`,
  )
}

/** Any one of the accepted scopes would do, so none is missing when there is one of them. */
function missingScopes(headers: Refusal['headers']): string[] {
  const list = (name: string): string[] =>
    String(headers[name] ?? '')
      .split(',')
      .map((scope) => scope.trim())
      .filter((scope) => scope !== '')
  if (headers['x-oauth-scopes'] === undefined) return []
  const [accepted, granted] = [list('x-accepted-oauth-scopes'), list('x-oauth-scopes')]
  return accepted.some((scope) => granted.includes(scope)) ? [] : accepted
}

function rateLimit({ status, headers, message }: Refusal, now: number): string | null {
  if (status !== 403 && status !== 429) return null
  const wait = Number(headers['retry-after'] ?? Number.NaN)
  const isSecondary = /secondary rate limit|abuse/i.test(message)
  if (headers['x-ratelimit-remaining'] !== undefined && Number(headers['x-ratelimit-remaining']) === 0) {
    const seconds = Number(headers['x-ratelimit-reset']) - now / 1000
    return `Your account has made as many requests as GitHub answers in an hour. Try again ${inWords(seconds)}.`
  }
  if (!isSecondary && Number.isNaN(wait) && status !== 429) return null
  return `GitHub asks for a pause: there were too many requests at once. Try again ${inWords(Number.isNaN(wait) ? 60 : wait)}.`
}

function inWords(seconds: number): string {
  if (!(seconds > 0)) return 'in a minute'
  if (seconds < 90) return `in ${Math.ceil(seconds)} seconds`
  return `in ${Math.ceil(seconds / 60)} minutes`
}

function validationOf({ data, message }: Refusal): string {
  const parsed = Validation.safeParse(data)
  const errors = parsed.success ? (parsed.data.errors ?? []) : []
  const said = errors.map((error) =>
    typeof error === 'string' ? error : (error.message ?? `${error.field ?? 'something'} is not valid`),
  )
  return sentence(said.length > 0 ? said.join('; ') : message)
}

/** What others say, as a part of a sentence of ours. */
function sentence(text: string): string {
  const [line = ''] = text.split('\n')
  return line
    .replace(/ - https?:\S+$/, '')
    .replace(/\.$/, '')
    .slice(0, 400)
}
