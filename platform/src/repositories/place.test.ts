import { describe, expect, it } from 'vitest'
import { chooseTarget } from './choose-target.ts'
import { describePlace, readPlace, repositoryKey } from './place.ts'

const C = '0123456789abcdef0123456789abcdef01234567'

describe('readPlace', () => {
  it.each([
    ['https://github.com/o/r', 'https://github.com/o/r', 'GitHub · o/r'],
    ['https://github.com/o/r.git', 'https://github.com/o/r', 'GitHub · o/r'],
    ['  https://github.com/o/r/  ', 'https://github.com/o/r', 'GitHub · o/r'],
    ['github.com/o/r', 'https://github.com/o/r', 'GitHub · o/r'],
    ['https://github.com/o/r?tab=readme-ov-file#start', 'https://github.com/o/r', 'GitHub · o/r'],
    ['git@github.com:o/r.git', 'https://github.com/o/r', 'GitHub · o/r'],
    ['ssh://git@github.com/o/r.git', 'https://github.com/o/r', 'GitHub · o/r'],
    ['ssh://git@github.com:22/o/r', 'https://github.com/o/r', 'GitHub · o/r'],
    ['git://github.com/o/r', 'https://github.com/o/r', 'GitHub · o/r'],
    ['https://github.com/o/r/issues/3', 'https://github.com/o/r', 'GitHub · o/r'],
    ['https://github.com/o/r/tree/main', 'https://github.com/o/r', 'GitHub · o/r · main'],
    ['https://github.com/o/r/tree/f/x/src', 'https://github.com/o/r', 'GitHub · o/r · f/x/src'],
    ['https://github.com/o/r/blob/v1/a%20b.md#L3', 'https://github.com/o/r', 'GitHub · o/r · v1/a b.md'],
    [`https://github.com/o/r/commit/${C}`, 'https://github.com/o/r', 'GitHub · o/r · commit 0123456'],
    [`https://github.com/o/r/tree/${C}/a`, 'https://github.com/o/r', 'GitHub · o/r · commit 0123456 · a'],
    ['https://github.com/o/r/pull/12', 'https://github.com/o/r', 'GitHub · o/r · pull request 12'],
    ['https://github.com/o/r/pull/12/files', 'https://github.com/o/r', 'GitHub · o/r · pull request 12'],
    ['https://github.com/o/r/releases/tag/v1', 'https://github.com/o/r', 'GitHub · o/r · tag v1'],
    [
      'https://ghe.example.com/o/r/tree/main',
      'https://ghe.example.com/o/r.git',
      'ghe.example.com · o/r · main',
    ],
    ['https://gitlab.com/g/r', 'https://gitlab.com/g/r.git', 'GitLab · g/r'],
    ['https://gitlab.com/g/s/t/r.git', 'https://gitlab.com/g/s/t/r.git', 'GitLab · g/s/t/r'],
    ['git@gitlab.com:g/s/r.git', 'https://gitlab.com/g/s/r.git', 'GitLab · g/s/r'],
    ['https://gitlab.com/g/s/r/-/tree/f/x/d', 'https://gitlab.com/g/s/r.git', 'GitLab · g/s/r · f/x/d'],
    [
      'https://gitlab.com/g/r/-/blob/main/a.c?ref_type=heads',
      'https://gitlab.com/g/r.git',
      'GitLab · g/r · main/a.c',
    ],
    [
      'https://gitlab.com/g/r/-/merge_requests/7/diffs',
      'https://gitlab.com/g/r.git',
      'GitLab · g/r · merge request 7',
    ],
    [
      `https://lab.example.com/g/r/-/commit/${C}`,
      'https://lab.example.com/g/r.git',
      'lab.example.com · g/r · commit 0123456',
    ],
    [
      'https://lab.example.com/g/r/-/tags/v1',
      'https://lab.example.com/g/r.git',
      'lab.example.com · g/r · tag v1',
    ],
    ['https://bitbucket.org/t/r', 'https://bitbucket.org/t/r.git', 'Bitbucket · t/r'],
    ['https://ada@bitbucket.org/t/r.git', 'https://bitbucket.org/t/r.git', 'Bitbucket · t/r'],
    [
      'https://bitbucket.org/t/r/src/main/docs/',
      'https://bitbucket.org/t/r.git',
      'Bitbucket · t/r · main/docs',
    ],
    ['https://bitbucket.org/t/r/branch/f/x', 'https://bitbucket.org/t/r.git', 'Bitbucket · t/r · branch f/x'],
    [
      'https://bb.example.com/projects/P/repos/r/browse/a?at=refs%2Fheads%2Ff%2Fx',
      'https://bb.example.com/scm/p/r.git',
      'bb.example.com · P/r · branch f/x/a',
    ],
    [
      'https://bb.example.com/projects/P/repos/r/pull-requests/4/overview',
      'https://bb.example.com/scm/p/r.git',
      'bb.example.com · P/r · pull request 4',
    ],
    [
      'https://codeberg.org/o/r/src/branch/f/x/a.go',
      'https://codeberg.org/o/r.git',
      'Codeberg · o/r · branch f/x/a.go',
    ],
    [
      'https://git.example.com/o/r/src/tag/v1',
      'https://git.example.com/o/r.git',
      'git.example.com · o/r · tag v1',
    ],
    [
      `https://codeberg.org/o/r/src/commit/${C}/a`,
      'https://codeberg.org/o/r.git',
      'Codeberg · o/r · commit 0123456 · a',
    ],
    ['https://codeberg.org/o/r/pulls/3', 'https://codeberg.org/o/r.git', 'Codeberg · o/r · pull request 3'],
    ['https://git.example.com:8443/r', 'https://git.example.com:8443/r', 'git.example.com:8443 · r'],
    ['http://127.0.0.1:8080/a/b.git', 'http://127.0.0.1:8080/a/b.git', '127.0.0.1:8080 · a/b'],
    [
      'https://example.com/tree/tree/tree.git',
      'https://example.com/tree/tree/tree.git',
      'example.com · tree/tree/tree',
    ],
  ])('reads %s', (text, repository, described) => {
    const { place, problem } = readPlace(text)
    expect(problem).toBeNull()
    expect(place?.repository).toBe(repository)
    expect(place && describePlace(place)).toBe(described)
  })

  it.each([
    ['', /paste an https URL/],
    ['nonsense', /paste an https URL/],
    ['/etc/passwd', /paste an https URL/],
    ['https://github.com/', /no repository/],
    ['https://github.com/o', /no repository/],
    ['https://gitlab.com/g', /no repository/],
    ['https://user:secret@github.com/o/r', /user name or password/],
    ['https://bitbucket.org/t/r/pull-requests/4', /open the branch/],
    ['https://git.example.com/r?x=1', /query/],
    ['https://git.example.com/r%0d%0aHost:%20x', /characters/],
    ['file:///etc', /only https/],
    ['ext::sh%20-c%20id', /only https/],
  ])('says why %j is none', (text, why) => {
    expect(readPlace(text).problem).toMatch(why)
  })
})

describe('chooseTarget', () => {
  const names = ['heads/main', 'heads/f/x', 'heads/v1', 'tags/v1', 'tags/v2/rc', 'pull/12/head']
  const refs = new Map(names.map((name) => [`refs/${name}`, C]))
  const choose = (url: string): object => {
    const { place } = readPlace(url)
    if (!place) throw new Error(url)
    return chooseTarget(place.target, refs)
  }

  it.each([
    ['https://github.com/o/r', undefined, undefined],
    ['https://github.com/o/r/tree/HEAD/src', undefined, 'src'],
    ['https://github.com/o/r/tree/f/x', 'f/x', undefined],
    ['https://github.com/o/r/blob/f/x/src/a.ts', 'f/x', 'src/a.ts'],
    ['https://github.com/o/r/blob/v1/README.md', 'v1', 'README.md'],
    ['https://github.com/o/r/tree/v2/rc', 'v2/rc', undefined],
    ['https://github.com/o/r/tree/0123456/src', '0123456', 'src'],
    [`https://github.com/o/r/commit/${C}`, C, undefined],
    ['https://github.com/o/r/pull/12', 'refs/pull/12/head', undefined],
    ['https://codeberg.org/o/r/src/branch/main/.git/config', 'main', undefined],
  ])('finds what %s means', (url, ref, path) => {
    expect(choose(url)).toEqual({ ref, path })
  })

  it.each([
    ['https://github.com/o/r/tree/gone/src', /no branch or tag named "gone\/src"/],
    ['https://github.com/o/r/releases/tag/main', /no tag named "main"/],
    ['https://github.com/o/r/pull/13', /no request number 13/],
  ])('says what %s lacks', (url, why) => {
    expect(() => choose(url)).toThrow(why)
  })
})

it('knows one repository by all of its URLs', () => {
  const of = (...urls: string[]): number => new Set(urls.map(repositoryKey)).size
  expect(of('https://github.com/O/r', 'https://github.com/o/R.git', 'https://github.com/o/r/')).toBe(1)
  expect(of('https://git.example.com/A', 'https://git.example.com/a')).toBe(2)
})
