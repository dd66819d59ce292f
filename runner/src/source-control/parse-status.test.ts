import { expect, test } from 'vitest'

import { parseStatus } from './parse-status.ts'

const OID = 'a'.repeat(40)
const parse = (records: (string | Buffer)[], limit = 10, cut = false): ReturnType<typeof parseStatus> =>
  parseStatus(Buffer.concat(records.flatMap((record) => [Buffer.from(record), Buffer.from([0])])), {
    limit,
    cut,
  })

test('the branch, its upstream, and how far they are apart', () => {
  const head = ['# branch.oid (initial)', '# branch.head main', '# branch.upstream origin/main']
  expect(parse(head)).toMatchObject({ branch: 'main', commit: null, upstream: { ahead: null } })
  expect(parse([...head, '# branch.ab +2 -13']).upstream).toEqual({
    name: 'origin/main',
    ahead: 2,
    behind: 13,
  })
  expect(parse([`# branch.oid ${OID}`, '# branch.head (detached)'])).toMatchObject({
    branch: null,
    commit: OID,
  })
})

test('renames, submodules, conflicts, nested repositories and names with spaces', () => {
  const status = parse([
    `2 RM N... 100644 100644 100644 ${OID} ${OID} R90 new name.txt`,
    'old name.txt',
    `1 .M SC.. 160000 160000 160000 ${OID} ${OID} sub`,
    `u DU N... 100644 000000 100644 100644 ${OID} ${OID} ${OID} both sides.txt`,
    '? nested/',
  ])
  expect(status.staged).toEqual([
    { path: 'new name.txt', kind: 'renamed', from: 'old name.txt', submodule: false },
  ])
  expect(status.unstaged).toEqual([
    { path: 'new name.txt', kind: 'modified', from: null, submodule: false },
    { path: 'sub', kind: 'modified', from: null, submodule: true },
    { path: 'nested', kind: 'untracked', from: null, submodule: true },
  ])
  expect(status.conflicts).toEqual([{ path: 'both sides.txt', kind: 'deleted-by-us' }])
})

test('a limit, output that was broken off, and names that are no UTF-8', () => {
  expect(parse(['? a', '? b', '? c'], 2)).toMatchObject({
    truncated: true,
    unstaged: [{ path: 'a' }, { path: 'b' }],
  })
  const half = parseStatus(Buffer.from('? a\0? half'), { limit: 10, cut: true })
  expect(half).toMatchObject({ truncated: true, unstaged: [{ path: 'a' }] })
  expect(half.unstaged).toHaveLength(1)
  expect(parse([Buffer.from([0x3f, 0x20, 0xff])]).unstaged[0]?.path).toBe('\uFFFD')
})
