import { readFile } from 'node:fs/promises'

export interface ListeningSocket {
  /** What it is bound to. */
  address: string
  /** As to be dialled: an address of this machine. */
  host: string
  port: number
  inode: string
}

/** A socket that listens has no other end; of a busy machine's thousands of rows few are looked at. */
const LISTENS = ':0000 0A '
/** All addresses are dialled as loopback. */
const LOOPBACK: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** All TCP sockets that listen in this network; none where the system has no /proc. */
export async function readListeningSockets(): Promise<ListeningSocket[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  )
  return tables.flatMap(parseSocketTable)
}

/** Parses the text of /proc/net/tcp or tcp6. */
export function parseSocketTable(table: string): ListeningSocket[] {
  const rows = table.split('\n').filter((row) => row.includes(LISTENS))
  return rows.flatMap((row) => {
    const fields = row.trim().split(/\s+/)
    const [hex = '', port = ''] = (fields[1] ?? '').split(':')
    const inode = fields[9]
    if (inode === undefined) return []
    const address = readAddress(hex)
    return [{ address, host: LOOPBACK[address] ?? address, port: Number.parseInt(port, 16), inode }]
  })
}

/** Words of the machine's byte order. */
function readAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => Array.from(Buffer.from(word, 'hex')).toReversed())
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  return mapped ? bytes.slice(12).join('.') : new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
