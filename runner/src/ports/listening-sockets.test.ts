import { expect, test } from 'vitest'

import { parseSocketTable } from './listening-sockets.ts'

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, state: string, inode: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1\n`

test('sockets that listen are told with their address and one to dial', () => {
  const table =
    HEADER +
    row('0100007F:0BB8', '0A', 1) +
    row('00000000:1F90', '0A', 2) +
    row('0100007F:0BB8', '01', 3) +
    row('00000000000000000000000000000000:0050', '0A', 4) +
    row('00000000000000000000000001000000:0051', '0A', 5) +
    row('0000000000000000FFFF00000100007F:0052', '0A', 6)
  expect(parseSocketTable(table)).toEqual([
    { address: '127.0.0.1', host: '127.0.0.1', port: 3000, inode: '1' },
    { address: '0.0.0.0', host: '127.0.0.1', port: 8080, inode: '2' },
    { address: '::', host: '::1', port: 80, inode: '4' },
    { address: '::1', host: '::1', port: 81, inode: '5' },
    { address: '127.0.0.1', host: '127.0.0.1', port: 82, inode: '6' },
  ])
})
