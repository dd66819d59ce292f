import { expect, test } from 'vitest'

import { parseDiff, patchOf } from './parse-diff.ts'

const HEADER = 'diff --git a/a b/a\nold mode 100644\nnew mode 100755\nindex 1..2\n--- a/a\n+++ b/a\n'
const hunk = (at: number): string => `@@ -${at},1 +${at},2 @@ fn\n x\n+y\n`

test('hunks keep their ids when they move, and twins are told apart', () => {
  const [first, second] = parseDiff(Buffer.from(HEADER + hunk(1) + hunk(9))).hunks
  expect(parseDiff(Buffer.from(HEADER + hunk(5))).hunks[0]?.id).toBe(first?.id)
  expect(second?.id).not.toBe(first?.id)
  expect(second).toMatchObject({ line: 9, section: 'fn', lines: [' x', '+y'] })
})

test('the patch of one hunk has its bytes and leaves the mode alone', () => {
  const bytes = Buffer.concat([
    Buffer.from(`${HEADER}@@ -1 +1 @@\n-a\n+`),
    Buffer.from([0xff, 0x0d, 0x0a]),
    Buffer.from('\\ No newline at end of file\n'),
  ])
  const diff = parseDiff(bytes)
  const expected = bytes.toString('latin1').replace('old mode 100644\nnew mode 100755\n', '')
  expect(patchOf(diff, diff.hunks[0]!).toString('latin1')).toBe(expected)
})

test('no change, and a binary one', () => {
  expect(parseDiff(Buffer.from(''))).toMatchObject({ hunks: [], binary: false })
  expect(parseDiff(Buffer.from('diff --git a/a b/a\nBinary files a/a and b/a differ\n')).binary).toBe(true)
})
