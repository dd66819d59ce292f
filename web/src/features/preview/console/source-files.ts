import type { Connection } from '../../../kernel/connection.ts'
import type { Place } from './read-message.ts'

/** A place as it is shown, and the file of the workspace that it is in. */
export interface SourceFile {
  path: string
  /** null where the browser runs something made from the file, whose lines are others. */
  line: number | null
}

/** Folders that servers answer from, and the workspace itself: those that come first hide what comes later. */
const SERVED_FROM = ['public/', 'static/', '', 'src/']
/** What a browser is sent as it is written. */
const AS_WRITTEN = /\.(?:m?js|html?)$/
const MOST_KNOWN = 200

/** Finds the files behind addresses of an app at `origin`; null for what is none. */
export function createSourceFiles(
  connection: Connection,
): (place: Place, origin: string) => Promise<SourceFile | null> {
  const known = new Map<string, Promise<string | null>>()
  const ask = async (pathname: string) => {
    const candidates = SERVED_FROM.map((folder) => folder + pathname)
    const { paths } = await connection.request('files.index', { within: candidates })
    return candidates.find((path) => paths.includes(path)) ?? null
  }
  return async ({ url, line }, origin) => {
    const at = new URL(url)
    if (at.origin !== origin) return null
    const pathname = decode(at.pathname).slice(1) + (at.pathname.endsWith('/') ? 'index.html' : '')
    const asked = known.get(pathname) ?? ask(pathname).catch(() => null)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(pathname, asked)
    const path = await asked
    return path === null ? null : { path, line: AS_WRITTEN.test(path) ? line : null }
  }
}

/** "main.js:12", or without the line. */
export function nameOf({ url, line }: Place, withLine = true): string {
  const name = decode(new URL(url).pathname).split('/').at(-1) || '(page)'
  return withLine ? `${name}:${line}` : name
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
