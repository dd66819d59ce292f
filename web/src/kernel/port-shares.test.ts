import type { Workspace } from '@codenest/platform/protocol'
import { expect, test } from 'vitest'
import { liveLinks, visibilityOf } from './port-shares.ts'

const NOON = Date.parse('2026-01-01T12:00:00Z')
const workspace = {
  shares: [
    { port: 3000, visibility: 'link', links: [{ id: 'a', expiresAt: '2026-01-01T13:00:00Z' }] },
    { port: 4000, visibility: 'signed-in', links: [] },
  ],
} as Partial<Workspace> as Workspace

test('a port is shared for as long as one of its links is good', () => {
  expect(visibilityOf(workspace, 3000, NOON)).toBe('link')
  expect(visibilityOf(workspace, 3000, NOON + 3_600_000)).toBe('private')
  expect(liveLinks(workspace, 3000, NOON + 3_600_000)).toEqual([])
  expect(visibilityOf(workspace, 4000, NOON)).toBe('signed-in')
  expect(visibilityOf(workspace, 5000, NOON)).toBe('private')
  expect(visibilityOf(undefined, 3000, NOON)).toBe('private')
})
