import type { Response } from 'express'

/** Milliseconds; proxies end connections on which nothing happens. */
const HEARTBEAT = 15_000

/** Answers with server-sent events until the client goes or `closing` aborts; then `stop` is disposed. */
export function openEventStream(response: Response, closing: AbortSignal, stop: Disposable): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT)
  const end = (): void => void response.end()
  closing.addEventListener('abort', end)
  response.once('close', () => {
    stop[Symbol.dispose]()
    clearInterval(heartbeat)
    closing.removeEventListener('abort', end)
  })
}
