import { describe, expect, it } from 'vitest'
import { originOf, parseWorkspaceDocument, writeWorkspaceDocument } from './document.ts'

const document = {
  apiVersion: 'codenest.dev/v1' as const,
  kind: 'Workspace' as const,
  metadata: { name: 'brave-otter', owner: 'alice', createdAt: '2026-01-31T12:00:00.000Z' },
  spec: { source: { repository: 'https://github.com/o/r' }, running: true },
}

describe('parseWorkspaceDocument', () => {
  it('reads what it wrote', () => {
    expect(
      parseWorkspaceDocument('workspaces/alice/brave-otter.yaml', writeWorkspaceDocument(document)),
    ).toEqual(document)
  })

  it('takes a fork with the origin of its parent, and none without', () => {
    const origin = { template: 'python', revision: 'a'.repeat(40), parameters: {} }
    const fork = { workspace: 'brave-otter', commit: 'b'.repeat(40), origin }
    const write = (source: typeof document.spec.source | typeof fork): string =>
      writeWorkspaceDocument({ ...document, spec: { source, running: true } })
    const read = parseWorkspaceDocument('workspaces/alice/x.yaml', write(fork))
    expect(read.spec.source).toEqual(fork)
    expect(originOf(read)).toEqual(origin)
    for (const wrong of [
      write(fork).replace(/ +origin:\n(?: {6}.*\n)+/, ''),
      write(fork).replace('bbbb', 'HEAD'),
      write(fork).replace('brave-otter\n    commit', '../x\n    commit'),
    ])
      expect(() => parseWorkspaceDocument('workspaces/alice/x.yaml', wrong)).toThrow(/spec.source/)
  })

  it.each([
    ['workspaces/alice/x.yaml', 'a: [', /x.yaml: .*line 1/s],
    [
      'workspaces/alice/x.yaml',
      writeWorkspaceDocument(document).replace('running: true', 'running: yes please'),
      /spec.running/,
    ],
    ['workspaces/alice/x.yaml', `${writeWorkspaceDocument(document)}extra: 1\n`, /extra/],
    ['workspaces/alice/x.yaml', `${writeWorkspaceDocument(document)}kind: Workspace\n`, /unique/],
    ['workspaces/bob/x.yaml', writeWorkspaceDocument(document), /metadata.owner must be "bob"/],
    ['workspaces/alice/deep/x.yaml', writeWorkspaceDocument(document), /declared in/],
    ['workspaces/alice/Up_Per.yaml', writeWorkspaceDocument(document), /declared in/],
  ])('refuses %s', (path, text, reason) => {
    expect(() => parseWorkspaceDocument(path, text)).toThrow(reason)
  })
})
