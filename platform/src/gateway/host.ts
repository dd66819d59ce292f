import { isIP } from 'node:net'
import { Name, Port } from '../protocol.ts'

/** Who a request is for, by its Host header. */
export type Destination =
  | { kind: 'platform' }
  | { kind: 'runner'; workspace: string }
  | { kind: 'preview'; workspace: string; port: number }

/**
 * `<domain>` or an address is the platform, `<id>.<domain>` a workspace's runner, `<port>--<id>.<domain>` an app in it.
 * null for every other name: a page that resolves its own name to this machine gets nothing.
 */
export function parseHost(header: string | undefined, domain: string): Destination | null {
  const host = (header ?? '').toLowerCase().replace(/:\d{1,5}$/, '')
  if (host === domain || isIP(host.replace(/^\[|\]$/g, '')) !== 0) return { kind: 'platform' }
  if (!host.endsWith(`.${domain}`)) return null
  const label = host.slice(0, -domain.length - 1)
  const [, portText, app] = /^(\d{1,5})--(.+)$/.exec(label) ?? []
  const workspace = app ?? label
  if (!Name.safeParse(workspace).success) return null
  if (portText === undefined) return { kind: 'runner', workspace }
  const port = Port.safeParse(Number(portText))
  return port.success && !portText.startsWith('0') ? { kind: 'preview', workspace, port: port.data } : null
}
