import type { RequestHandler } from 'express'

/** Headers for everything that the platform's own origin serves. */
export function securityHeaders(origin: string): RequestHandler {
  const { hostname, port, protocol } = new URL(origin)
  const subdomains = `*.${hostname}${port === '' ? '' : `:${port}`}`
  const socket = protocol === 'https:' ? 'wss:' : 'ws:'
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    // Monaco and xterm set style attributes and add style elements.
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    // Files of a workspace are shown from its runner's host.
    `img-src 'self' data: blob: ${protocol}//${subdomains}`,
    `media-src ${protocol}//${subdomains}`,
    "worker-src 'self' blob:",
    `connect-src 'self' ${socket}//${subdomains} ${protocol}//${subdomains}`,
    `frame-src ${protocol}//${subdomains}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ')
  return (_request, response, next) => {
    response.setHeader('content-security-policy', policy)
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-resource-policy', 'same-origin')
    next()
  }
}
