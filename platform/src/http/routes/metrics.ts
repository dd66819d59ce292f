import type { RequestHandler } from 'express'
import type { Registry } from '../../metrics/registry.ts'

/** Set by proxies: what comes through one only looks local. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/** Metrics for a Prometheus on the same machine; to everybody else there is nothing at this address. */
export function createMetricsHandler(metrics: Registry): RequestHandler {
  return (request, response, next) => {
    const forwarded = FORWARDED.some((name) => request.headers[name] !== undefined)
    if (forwarded || !isLoopback(request.socket.remoteAddress)) {
      next()
      return
    }
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    response.setHeader('cache-control', 'no-store')
    response.end(metrics.expose())
  }
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}
