import { networkInterfaces } from 'node:os'
import { runCommand } from './run-command.ts'

/** Where the platform's socket for runners is, seen from inside. */
export const DOOR = '/run/codenest.sock'
/** Where the runner leads to it from, for git knows no such sockets: a port that is none an app would want, nor given out. */
export const DOOR_PORT = 64401
/** A name server that is none: pasta hands what is sent there to the machine's own. */
export const DNS = '198.18.0.53'
/** Link-local, where clouds hand out credentials, in both families. */
const NEVER = ['169.254.0.0/16', 'fd00:ec2::254/128']

/**
 * Arguments of pasta, but for the process whose network it is: the outside is reachable, nothing of this machine is,
 * and nothing of the workspace from outside.
 */
export const PASTA = [
  '--config-net',
  '--tcp-ports=none',
  '--udp-ports=none',
  // Its splicing of ports stops for seconds in large transfers (Debian 12's, on Linux 6.18).
  '--tcp-ns=none',
  '--udp-ns=none',
  '--no-map-gw',
  `--dns-forward=${DNS}`,
  '--quiet',
]

/**
 * A batch for `ip` that closes the ways to this machine's own addresses. pasta speaks for the workspace from this
 * machine's network, where they are local, whatever a firewall says of strangers.
 */
export function closedRoutes(interfaces = networkInterfaces()): string {
  const addresses = Object.values(interfaces).flatMap((entries) => entries ?? [])
  const own = addresses
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address, family }) => `${address}/${family === 'IPv4' ? 32 : 128}`)
  const closed = [...new Set([...own, ...NEVER])]
  const hasIpv6 = own.some((address) => address.includes(':'))
  return closed
    .filter((to) => hasIpv6 || !to.includes(':'))
    .map((to) => `route add unreachable ${to}\n`)
    .join('')
}

/** Throws an error that says what is missing for a network of a workspace's own. */
export async function checkNetworkTools(): Promise<void> {
  await runCommand('pasta', ['--version'])
  await runCommand('ip', ['-Version'])
}
