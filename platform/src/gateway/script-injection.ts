import type { IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'
import type { TransformCallback } from 'node:stream'
import { responseHeaders, withoutHeaders } from './headers.ts'

/** Bytes of a page that are looked at for the place; what is longer before its head gets the script there. */
const MOST_LOOKED_AT = 16 * 1024
/** Of these a script could not be added, or the answer is not the whole page. */
const NOT_A_PAGE = new Set([204, 206, 304])
/** Encodings in which a tag is not the bytes that it is in ASCII. */
const WIDE = /charset\s*=\s*["']?\s*utf-?(?:7|16|32)/i
/** By these a browser asks for less than the page. */
const CONDITIONS = new Set(['accept-encoding', 'if-none-match', 'if-modified-since', 'if-range', 'range'])
/** What told of the page as the app sent it. */
const UNTRUE = new Set([
  'content-length',
  'etag',
  'last-modified',
  'accept-ranges',
  'cache-control',
  'expires',
])

/** Headers of a request that ask for a page as it is: whole, unpacked, and even when the browser has it without the script. */
export function plainPageHeaders(headers: string[]): string[] {
  return [...withoutHeaders(headers, CONDITIONS), 'accept-encoding', 'identity']
}

/** Whether an answer is a page that a script can be added to. */
export function isPlainPage({ statusCode = 0, headers }: IncomingMessage): boolean {
  const type = headers['content-type'] ?? ''
  const encoding = headers['content-encoding'] ?? 'identity'
  return (
    /^\s*text\/html\b/i.test(type) &&
    !WIDE.test(type) &&
    encoding === 'identity' &&
    !NOT_A_PAGE.has(statusCode)
  )
}

/** Headers of an answer with a script added; a browser does not keep it, because the app did not send it. */
export function injectedHeaders(raw: string[]): string[] {
  return [...withoutHeaders(responseHeaders(raw), UNTRUE), 'cache-control', 'no-store']
}

/**
 * Adds a tag to a page that streams through, as the first thing in its head. Only what comes before the head is held
 * back, of which a browser shows nothing.
 */
export class ScriptInjection extends Transform {
  readonly #tag: string
  #looking = true
  #held = Buffer.alloc(0)
  /** Everything before it belongs before the tag. */
  #at = 0

  constructor(tag: string) {
    super()
    this.#tag = tag
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#looking) return done(null, chunk)
    this.#held = Buffer.concat([this.#held, chunk])
    const isFound = this.#look()
    if (isFound || this.#held.length >= MOST_LOOKED_AT) this.#release()
    done()
  }

  override _flush(done: TransformCallback): void {
    if (this.#looking) this.#release()
    done()
  }

  /** Goes as far as it is clear that the tag comes later. Whether the place is found. */
  #look(): boolean {
    // One character a byte, so that places are the same.
    const text = this.#held.toString('latin1')
    for (;;) {
      const length = prologue(text, this.#at)
      if (length === 0) break
      const isHead = /^<head[\s>/]/i.test(text.slice(this.#at, this.#at + 6))
      this.#at += length
      if (isHead) return true
    }
    return this.#at < text.length && !isUnfinished(text, this.#at)
  }

  #release(): void {
    this.#looking = false
    const isWide = /^(?:\xfe\xff|\xff\xfe)/.test(this.#held.toString('latin1', 0, 2))
    this.push(this.#held.subarray(0, this.#at))
    if (!isWide) this.push(this.#tag)
    this.push(this.#held.subarray(this.#at))
    this.#held = Buffer.alloc(0)
  }
}

/** A byte order mark, space, a comment, a doctype, and the tags `html` and `head`; attributes may hold a `>`. */
const PROLOGUE =
  /^\xef\xbb\xbf|\s+|<!--(?:-?>|[^]*?-->)|<[!?](?!--)[^>]*>|<(?:html|head)(?:[\s/](?:"[^"]*"|'[^']*'|[^"'>])*)?>/iy
/** What may become one of them when more of it has come. */
const UNFINISHED =
  /(?:\xef\xbb?|<|<!-?|<!--[^]*|<[!?](?!--)[^>]*|<(?:h|ht|htm|he|hea)|<(?:html|head)(?:[\s/](?:"[^"]*"|'[^']*'|[^"'>])*(?:"[^"]*|'[^']*)?)?)$/iy

/** How long what stands here is, if it comes before a head's content; 0 when it is something else, or not all there. */
function prologue(text: string, at: number): number {
  PROLOGUE.lastIndex = at
  return PROLOGUE.exec(text)?.[0].length ?? 0
}

function isUnfinished(text: string, at: number): boolean {
  UNFINISHED.lastIndex = at
  return UNFINISHED.test(text)
}
