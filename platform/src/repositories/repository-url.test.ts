import { describe, expect, it } from 'vitest'
import { isPrivate } from '../public-addresses.ts'
import { parseRepositoryUrl, resolveRepositoryHost } from './repository-url.ts'

describe('parseRepositoryUrl', () => {
  it.each([
    'https://github.com/owner/repo',
    ' https://gitlab.com/group/sub/repo.git ',
    'https://git.example.com:8443/r',
  ])('takes %s', (url) => {
    expect(parseRepositoryUrl(url, []).href).toBe(url.trim())
  })

  it.each([
    'ext::sh -c id',
    'ext::sh%20-c%20id',
    'file:///etc',
    '/etc',
    '../x',
    'ssh://git@github.com/o/r',
    'git@github.com:o/r.git',
    'git://github.com/o/r',
    '--upload-pack=id',
    '-oProxyCommand=id',
    'https://user:secret@github.com/o/r',
    'https://github.com/',
    'https://github.com/o/r?x=1',
    'https://github.com/o/r#x',
    'https://127.0.0.1/o/r',
    'https://2130706433/o/r',
    'https://0x7f.1/o/r',
    'https://[::1]/o/r',
    'https://[::ffff:10.0.0.1]/o/r',
    'https://169.254.169.254/latest',
    'http://github.com/o/r',
    'http://127.0.0.1/o/r',
    'https://github.com/o/r\nx',
    '',
  ])('refuses %j', (url) => {
    expect(() => parseRepositoryUrl(url, [])).toThrow(/cannot be opened/)
  })

  it('takes http and private addresses from hosts that the operator allows', () => {
    expect(parseRepositoryUrl('http://127.0.0.1:8080/r.git', ['127.0.0.1']).allowed).toBe(true)
    expect(parseRepositoryUrl('http://127.0.0.1:8080/r.git', ['127.0.0.1:8080']).allowed).toBe(true)
    expect(() => parseRepositoryUrl('http://127.0.0.1:8081/r.git', ['127.0.0.1:8080'])).toThrow()
  })
})

it('refuses a name that resolves to this machine', async () => {
  const url = parseRepositoryUrl('https://localhost/o/r', [])
  await expect(resolveRepositoryHost(url)).rejects.toThrow(/not public/)
})

it('knows private addresses in every notation', () => {
  for (const address of [
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '::1',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '198.51.100.7',
    '2001::1',
    '3fff::1',
    'fec0::1',
    'ff02::1',
  ])
    expect(isPrivate(address), address).toBe(true)
  for (const address of ['140.82.121.4', '2606:50c0:8000::153'])
    expect(isPrivate(address), address).toBe(false)
})
