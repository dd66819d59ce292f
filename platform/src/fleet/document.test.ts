import { describe, expect, it } from 'vitest'
import { parseWorkspaceDocument, writeWorkspaceDocument } from './document.ts'

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
