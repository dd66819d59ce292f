import { describe, expect, it } from 'vitest'
import { linksOf, readTree } from './object-links.ts'

const OID = 'a'.repeat(40)
const tree = (...items: [string, string][]): Buffer =>
  Buffer.concat(
    items.map(([mode, name]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(OID, 'hex')])),
  )

describe('readTree', () => {
  it('reads what git writes', () => {
    expect(
      readTree(tree(['100644', 'a.txt'], ['40000', 'b'])).map(
        ({ mode, name }) => `${mode} ${name.toString()}`,
      ),
    ).toEqual(['100644 a.txt', '40000 b'])
  })

  it.each([
    '.git',
    '.GIT',
    '.git ',
    '.git.',
    '.git::$INDEX_ALLOCATION',
    'git~1',
    '.g\u200cit',
    'a\\.git',
    '..',
    '.',
    'a/b',
    '',
  ])('refuses an entry named %j', (name) => {
    expect(() => readTree(tree(['100644', name]))).toThrow()
  })

  it('refuses odd modes, wrong order and doubles', () => {
    expect(() => readTree(tree(['100777', 'a']))).toThrow(/mode/)
    expect(() => readTree(tree(['100644', 'b'], ['100644', 'a']))).toThrow(/sorted/)
    expect(() => readTree(tree(['100644', 'a'], ['100644', 'a']))).toThrow(/sorted/)
    expect(() => readTree(tree(['100644', 'a'], ['100644', 'a.b'], ['40000', 'a']))).toThrow(/two entries/)
    expect(() => readTree(tree(['100644', 'a']).subarray(0, 20))).toThrow(/malformed/)
  })
})

describe('linksOf', () => {
  const commit = (text: string): { type: 'commit'; content: Buffer } => ({
    type: 'commit',
    content: Buffer.from(text),
  })
  const who = 'A <a@b> 1 +0000'

  it('names the tree and the parents of a commit', () => {
    const text = `tree ${OID}\nparent ${'b'.repeat(40)}\nauthor ${who}\ncommitter ${who}\n\nmessage\n`
    expect(linksOf(commit(text))).toEqual([OID, 'b'.repeat(40)])
  })

  it('leaves out the commits of submodules', () => {
    expect(linksOf({ type: 'tree', content: tree(['160000', 'sub']) })).toEqual([])
  })

  it.each([
    `author ${who}\n\n`,
    `tree ${OID}\nauthor nobody\ncommitter ${who}\n\n`,
    `tree x\nauthor ${who}\ncommitter ${who}\n\n`,
  ])('refuses %j', (text) => {
    expect(() => linksOf(commit(text))).toThrow()
  })
})
