import { isIP } from 'node:net'

/** IPv4 addresses that are not the public internet: this host, private, shared, loopback, link-local, special, for documentation, multicast. */
export const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
] as const

/** Within 2000::/3, which is what of IPv6 is public: tunnels that end at an IPv4 address of the sender's choice, and what is for documentation. */
export const PRIVATE_V6 = ['2001::/32', '2001:db8::/32', '2002::/16', '3fff::/20'] as const

/** What of IPv6 lies outside of 2000::/3, or is no better: unique local, link-local, mapped and translated IPv4, multicast. */
const FORBIDDEN_V6 = ['::/3', '4000::/2', '8000::/1', ...PRIVATE_V6]

interface Network {
  version: 4 | 6
  base: bigint
  bits: number
}

/** Which forbidden networks a policy's `ipBlock` opens; the block itself when it cannot be read. */
export function openedNetworks(cidr: string, except: readonly string[]): string[] {
  const block = parseNetwork(cidr)
  const holes = except.map(parseNetwork)
  if (!block || holes.includes(null)) return [cidr]
  const forbidden = block.version === 4 ? PRIVATE_V4 : FORBIDDEN_V6
  return forbidden.filter((text) => {
    const network = parseNetwork(text)
    if (!network || !(contains(block, network) || contains(network, block))) return false
    const shared = contains(block, network) ? network : block
    return !holes.some((hole) => hole && contains(hole, shared))
  })
}

function contains(outer: Network, inner: Network): boolean {
  if (outer.version !== inner.version || outer.bits > inner.bits) return false
  const shift = BigInt((outer.version === 4 ? 32 : 128) - outer.bits)
  return outer.base >> shift === inner.base >> shift
}

function parseNetwork(text: string): Network | null {
  const [address = '', length = '', more] = text.split('/')
  const version = isIP(address)
  if (more !== undefined || !/^\d{1,3}$/.test(length) || (version !== 4 && version !== 6)) return null
  const bits = Number(length)
  if (bits > (version === 4 ? 32 : 128)) return null
  return { version, base: version === 4 ? fromV4(address) : fromV6(address), bits }
}

function fromV4(address: string): bigint {
  return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}

function fromV6(address: string): bigint {
  // The URL parser writes an IPv4 tail as groups; a zone is no part of a network.
  const canonical = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [first, last] = [groups(head), groups(tail ?? '')]
  const zeros = Array<string>(tail === undefined ? 0 : 8 - first.length - last.length).fill('0')
  return [...first, ...zeros, ...last].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n)
}
