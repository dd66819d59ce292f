import { isIP } from 'node:net'
import { NOT_PUBLIC_V6, PRIVATE_V4 } from '../../../public-addresses.ts'

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
  const forbidden: readonly string[] = block.version === 4 ? PRIVATE_V4 : NOT_PUBLIC_V6
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
