import { describe, expect, it } from 'vitest'
import { parseHost } from './host.ts'

describe('parseHost', () => {
  it.each([
    ['localhost:4000', { kind: 'platform' }],
    ['127.0.0.1:4000', { kind: 'platform' }],
    ['[::1]:4000', { kind: 'platform' }],
    ['brave-otter.localhost:4000', { kind: 'runner', workspace: 'brave-otter' }],
    ['3000--brave-otter.localhost:4000', { kind: 'preview', workspace: 'brave-otter', port: 3000 }],
    ['3000--BRAVE-otter.LOCALHOST', { kind: 'preview', workspace: 'brave-otter', port: 3000 }],
  ])('%s', (header, destination) => {
    expect(parseHost(header, 'localhost')).toEqual(destination)
  })

  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'a.b.localhost',
    '0--a.localhost',
    '03000--a.localhost',
    '65536--a.localhost',
    '3000--4000--a.localhost',
    '-a.localhost',
    '.localhost',
  ])('refuses %s', (header) => {
    expect(parseHost(header, 'localhost')).toBeNull()
  })
})
