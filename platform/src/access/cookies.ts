import type { IncomingMessage } from 'node:http'

/** The value of a cookie of this name, null when there is none. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const equals = part.indexOf('=')
    if (equals !== -1 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim()
  }
  return null
}

/** A `Cookie` header without the cookies of these names; undefined when none is left. */
export function withoutCookies(
  header: string | undefined,
  drop: (name: string) => boolean,
): string | undefined {
  const kept = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !drop(part.split('=', 1)[0]?.trim() ?? ''))
  return kept.length === 0 ? undefined : kept.join('; ')
}
