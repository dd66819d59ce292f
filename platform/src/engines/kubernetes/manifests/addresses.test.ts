import { describe, expect, it } from 'vitest'
import { PRIVATE_V4, PRIVATE_V6 } from '../../../public-addresses.ts'
import { openedNetworks } from './addresses.ts'

describe('openedNetworks', () => {
  it.each([
    ['0.0.0.0/0', [...PRIVATE_V4]],
    ['2000::/3', [...PRIVATE_V6]],
    ['1.1.1.1/32', []],
    ['2606:4700::/32', []],
    ['11.0.0.0/8', []],
    ['172.32.0.0/11', []],
  ])('finds nothing private in %s except %j', (cidr, except) => {
    expect(openedNetworks(cidr, except)).toEqual([])
  })

  it.each([
    ['0.0.0.0/0', [], [...PRIVATE_V4]],
    ['0.0.0.0/0', PRIVATE_V4.filter((network) => network !== '10.0.0.0/8'), ['10.0.0.0/8']],
    ['0.0.0.0/0', [...PRIVATE_V4.slice(1), '0.0.0.0/9'], ['0.0.0.0/8']],
    ['169.254.169.254/32', [], ['169.254.0.0/16']],
    ['10.1.2.3/32', ['10.1.2.4/32'], ['10.0.0.0/8']],
    ['10.0.0.0/7', [], ['10.0.0.0/8']],
    ['172.0.0.0/8', [], ['172.16.0.0/12']],
    ['::/0', [...PRIVATE_V6], ['::/3', '4000::/2', '8000::/1']],
    ['fd00:ec2::254/128', [], ['8000::/1']],
    ['fe80::/10', [], ['8000::/1']],
    ['::ffff:10.0.0.1/128', [], ['::/3']],
    ['64:ff9b::a00:1/128', [], ['::/3']],
    ['2002:a00:1::/48', [], ['2002::/16']],
    ['nonsense', [], ['nonsense']],
    ['0.0.0.0/33', [], ['0.0.0.0/33']],
    ['0.0.0.0/0', ['nonsense'], ['0.0.0.0/0']],
  ])('finds in %s except %j what is not public', (cidr, except, opened) => {
    expect(openedNetworks(cidr, except)).toEqual(opened)
  })
})
