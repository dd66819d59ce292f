import type { Workspace } from '@codenest/platform/protocol'
import type { StageStatus } from '@codenest/runner/protocol'
import { expect, test } from 'vitest'
import { startStages, startView } from './start-view.ts'

const workspace = (changes: Partial<Workspace>): Workspace => ({
  id: 'w',
  name: 'w',
  owner: 'me',
  source: { repository: 'https://example.com/w.git', ref: null, path: null },
  state: 'starting',
  stage: 'starting',
  running: true,
  reason: null,
  createdAt: '2026-01-01T00:00:00Z',
  remoteUrl: '',
  run: null,
  ports: [],
  trusted: true,
  commands: null,
  settings: { ignoredFiles: 'keep', idle: { stopAfter: 30, closedAfter: 10, keepUntil: null } },
  shares: [],
  isolation: { kind: 'none', missing: [] },
  ...changes,
})
const runner = (stage: StageStatus['stage'], detail: string | null = null): StageStatus => ({ stage, detail })
const label = (of: Workspace, stage: StageStatus | null, connected: boolean) =>
  startStages[startView(of, stage, connected).step]?.label

test('the platform tells the stages before the runner can', () => {
  expect(label(workspace({ stage: 'queued' }), null, false)).toBe('Queue')
  expect(label(workspace({ stage: 'fetching' }), null, false)).toBe('Fetch')
  expect(label(workspace({ stage: 'starting' }), null, false)).toBe('Start')
  expect(label(workspace({ stage: 'cloning' }), null, false)).toBe('Clone')
  expect(label(workspace({ stage: 'restoring' }), null, false)).toBe('Restore')
  expect(label(workspace({ state: 'running', stage: null }), null, false)).toBe('Ready')
})

test('of the two the one that is further is believed, and nothing of a connection that is gone', () => {
  expect(startView(workspace({ stage: 'starting' }), runner('cloning', 'Half of it.'), true)).toMatchObject({
    step: 3,
    message: 'Half of it.',
  })
  expect(label(workspace({ stage: 'restoring' }), runner('starting'), true)).toBe('Restore')
  expect(label(workspace({ stage: 'queued' }), runner('ready'), false)).toBe('Queue')
})

test('a failure says its cause, whoever tells it', () => {
  const reason = { code: 'x', message: 'The disk is full.' }
  const failed = startView(workspace({ state: 'failed', stage: null, reason }), null, false)
  expect(failed).toMatchObject({ kind: 'failed', message: 'The disk is full.' })
  expect(startView(workspace({}), runner('failed', 'No such branch.'), true)).toMatchObject({
    kind: 'failed',
    message: 'No such branch.',
  })
})

test('what a start waits for is said while it waits', () => {
  const reason = { code: 'waiting', message: 'No machine has room.' }
  expect(startView(workspace({ stage: 'starting', reason }), null, false)).toEqual({
    kind: 'starting',
    step: 2,
    message: 'No machine has room.',
  })
})
