import { expect, test } from 'vitest'

import { createFileTickets } from './tickets.ts'

test('a ticket opens one path for one act, for an hour, at one runner', () => {
  let now = 1_000
  const tickets = createFileTickets(() => now)
  const ticket = { act: 'view', path: 'a b/ünï?#%.png' } as const
  const url = tickets.issue(ticket)
  expect(tickets.check(url)).toEqual(ticket)
  expect(tickets.check(url.replace('act=view', 'act=upload'))).toBeNull()
  expect(tickets.check(url.replace('/a%20b/', '/a%20b/../'))).toBeNull()
  expect(tickets.check(url.replace('.png', '.txt'))).toBeNull()
  expect(tickets.check(url.replace(/expires=\d+/, 'expires=99999999999'))).toBeNull()
  expect(tickets.check(url.replace(/&ticket=.*/, ''))).toBeNull()
  expect(tickets.check('/files/%E0%A4%A?act=view')).toBeNull()
  expect(createFileTickets(() => now).check(url)).toBeNull()
  now += 3_600_001
  expect(tickets.check(url)).toBeNull()
})
