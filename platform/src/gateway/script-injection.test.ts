import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { injectedHeaders, isPlainPage, ScriptInjection } from './script-injection.ts'

const TAG = '<script src="/x.js"></script>'

function inject(chunks: Buffer[]): Promise<string> {
  const injection = new ScriptInjection(TAG)
  for (const chunk of chunks) injection.write(chunk)
  injection.end()
  injection.setEncoding('latin1')
  return text(injection)
}

function answer(headers: Record<string, string>, statusCode = 200): IncomingMessage {
  return { statusCode, headers } as unknown as IncomingMessage
}

describe('a script in a page', () => {
  /** The tag belongs where the bar stands. */
  const pages = [
    '<!doctype html><html><head>|<title>a</title></head><body>b</body></html>',
    '<!DOCTYPE html>\n<html lang="en">\n<head data-x="a>b" data-y=\'>"\'>|\n<meta charset="utf-8">',
    '\xef\xbb\xbf<!-- first --><!doctype html><!-- <head> --><html class=dark><!-- --->|<body>',
    '<!doctype html>|<h1>no head</h1>',
    '<!doctype html><!-->|<title>a</title>',
    '<?xml version="1.0"?><!doctype html public "-//W3C//DTD XHTML 1.0 Strict//EN"><html><head\n>|',
    '|<header>not a head</header>',
    '|plain words',
    '<!doctype html><html>|',
    '<html><head/>|<p>',
    '|',
    '<!doctype html>|<html lang="never closed',
  ]

  it('is the first thing in its head, wherever the chunks of the page end', async () => {
    for (const page of pages) {
      const wanted = page.replace('|', TAG)
      const bytes = Buffer.from(page.replace('|', ''), 'latin1')
      expect(await inject([bytes]), page).toBe(wanted)
      expect(await inject([...bytes].map((byte) => Buffer.of(byte))), page).toBe(wanted)
      for (let at = 1; at < bytes.length; at++)
        expect(await inject([bytes.subarray(0, at), bytes.subarray(at)]), `${page} at ${at}`).toBe(wanted)
    }
  })

  it('holds back no more than what comes before the head', async () => {
    const injection = new ScriptInjection(TAG)
    injection.setEncoding('latin1')
    injection.write('<!doctype html><html><he')
    expect(injection.read()).toBeNull()
    injection.write('ad><title>a')
    expect(injection.read()).toBe(`<!doctype html><html><head>${TAG}<title>a`)
    injection.write('<head>')
    expect(injection.read()).toBe('<head>')
  })

  it('does not look for ever', async () => {
    const endless = `<!doctype html><!-- ${'x'.repeat(1024 * 1024)}`
    const injection = new ScriptInjection(TAG)
    injection.setEncoding('latin1')
    injection.write(endless.slice(0, 20_000))
    expect(injection.read()).toBe(endless.slice(0, 20_000).replace('html>', `html>${TAG}`))
  })

  it('leaves alone what is not in an encoding like ASCII', async () => {
    const wide = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from('<html><head>', 'utf16le')])
    expect(await inject([wide])).toBe(wide.toString('latin1'))
    expect(isPlainPage(answer({ 'content-type': 'text/html; charset=UTF-16' }))).toBe(false)
    expect(isPlainPage(answer({ 'content-type': 'text/html; charset=utf-8' }))).toBe(true)
  })

  it('is for whole pages only', () => {
    const page = { 'content-type': 'text/html' }
    expect(isPlainPage(answer(page, 404))).toBe(true)
    expect(isPlainPage(answer({ ...page, 'content-encoding': 'gzip' }))).toBe(false)
    expect(isPlainPage(answer(page, 304))).toBe(false)
    expect(isPlainPage(answer(page, 206))).toBe(false)
    expect(isPlainPage(answer({ 'content-type': 'application/xhtml+xml' }))).toBe(false)
    expect(isPlainPage(answer({}))).toBe(false)
  })

  it('takes with it the headers that are not true any more', () => {
    const raw = ['ETag', '"1"', 'Content-Length', '9', 'Cache-Control', 'max-age=9', 'X-Own', '1']
    expect(injectedHeaders(raw)).toEqual(['X-Own', '1', 'cache-control', 'no-store'])
  })
})
