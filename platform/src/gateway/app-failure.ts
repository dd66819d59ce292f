import type { ServerResponse } from 'node:http'
import type { App } from './preview.ts'
import { sendPage } from './pages.ts'
import { TunnelError } from './tunnel.ts'

/** Seconds until the page looks again. */
const AGAIN = 1

/** What stands in the place of an app that does not answer: whether one may come, and what became of the last one. */
export function sendAppFailure(
  response: ServerResponse,
  { port }: App,
  error: Error,
  workspaceUrl: string,
): void {
  const link = { href: workspaceUrl, label: 'Open the workspace', aside: true }
  if (!(error instanceof TunnelError) || error.reason !== 'port_closed') {
    const text = `Port ${port} closed the connection before it answered. The app’s terminal may say why.`
    sendPage(response, 502, 'The app did not answer', text, { link })
    return
  }
  const { last } = error
  if (!last) {
    const text = 'Nothing listens there yet. This page shows the app as soon as something does.'
    sendPage(response, 502, `Waiting for port ${port}`, text, { refresh: AGAIN, link })
    return
  }
  const how = last.exitCode === null ? 'does not listen any more' : `ended with exit code ${last.exitCode}`
  const text = `${last.process} ${how}. This page shows the app as soon as something listens on port ${port} again.`
  const terminal = last.terminal && {
    href: `${workspaceUrl}?terminal=${encodeURIComponent(last.terminal.id)}`,
    label: `Look into the terminal “${last.terminal.name}”`,
    aside: true,
  }
  sendPage(response, 502, `Port ${port} was closed`, text, { refresh: AGAIN, link: terminal ?? link })
}
