import { BlockList, isIP } from 'node:net'

/**
 * IPv4 addresses that are not the public internet: this host, private, shared, loopback, link-local, special, for
 * documentation, multicast. From the IANA registry of special-purpose addresses, as everything here.
 */
export const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
] as const

/**
 * Within 2000::/3, which is what of IPv6 is public: what is set aside for protocols (tunnels that end at an IPv4 address
 * of the sender's choice among them), and what is for documentation.
 */
export const PRIVATE_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const

/** All of IPv6 that is not public: beside that, unique local, link-local, mapped and translated IPv4, multicast. */
export const NOT_PUBLIC_V6 = ['::/3', '4000::/2', '8000::/1', ...PRIVATE_V6] as const

// One for each family: in a list of both, an address of IPv4 is also looked up as the one of IPv6 that stands for it.
const NOT_PUBLIC = { ipv4: listOf(PRIVATE_V4, 'ipv4'), ipv6: listOf(NOT_PUBLIC_V6, 'ipv6') }

/** Whether an address, of either family, leads elsewhere than to the public internet. */
export function isPrivate(address: string): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  return NOT_PUBLIC[family].check(address, family)
}

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
