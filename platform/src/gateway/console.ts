import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readCookie } from '../access/cookies.ts'
import { PLATFORM_COOKIE } from './headers.ts'

const COOKIE = `${PLATFORM_COOKIE}console`
/** Where each preview has the script that tells the page around it what the console says. */
export const CONSOLE_PATH = '/.codenest/console.js'
const SCRIPT = readFileSync(new URL('console-client.js', import.meta.url))
const CACHE_SECONDS = 300

/**
 * Headers that remember, for previews in the page's frame, whether the console is wanted: `asked` is "on" or "off",
 * all else leaves it as it is. A page that the browser has kept is one without the script.
 */
export function rememberConsole(asked: string | null, request: IncomingMessage): Record<string, string[]> {
  if (asked !== 'on' && asked !== 'off') return {}
  const age = asked === 'on' ? '' : '; Max-Age=0'
  const cookie = `${COOKIE}=on; Path=/${age}; HttpOnly; Secure; SameSite=None; Partitioned`
  const isNew = asked === 'on' && readCookie(request, COOKIE) === null
  return { 'set-cookie': [cookie], ...(isNew && { 'clear-site-data': ['"cache"'] }) }
}

/** Whether this is the page in a frame for which the console was switched on, and not a part of it. */
export function wantsConsole(request: IncomingMessage): boolean {
  const { 'sec-fetch-dest': destination, 'sec-fetch-mode': mode } = request.headers
  if (request.method !== 'GET' || destination !== 'iframe' || mode !== 'navigate') return false
  return readCookie(request, COOKIE) !== null
}

/** What is added to a page; `origin` is that of the platform's page, who alone is told. */
export function consoleTag(origin: string): string {
  return `<script src="${CONSOLE_PATH}" data-page="${origin}"></script>`
}

export function sendConsoleScript(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': `max-age=${CACHE_SECONDS}`,
    'x-content-type-options': 'nosniff',
    // An app may ask for isolation, and gets only what says that it agrees.
    'cross-origin-resource-policy': 'same-origin',
  })
  response.end(SCRIPT)
}
