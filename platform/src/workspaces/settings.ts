import { isDeepStrictEqual } from 'node:util'
import type { WorkspaceDocument } from '../fleet/document.ts'
import type { WorkspaceSettings } from '../protocol.ts'

const DEFAULT_IDLE = { stopAfter: '30m', closedAfter: '10m', keepUntil: null }
const HOUR = 60

export function settingsOf({ spec: { saves, idle } }: WorkspaceDocument): WorkspaceSettings {
  const { stopAfter, closedAfter, keepUntil } = { ...DEFAULT_IDLE, ...idle }
  return {
    ignoredFiles: saves?.ignoredFiles ?? 'keep',
    idle: {
      stopAfter: stopAfter === 'never' ? null : toMinutes(stopAfter),
      closedAfter: toMinutes(closedAfter),
      keepUntil: keepUntil === null ? null : Date.parse(keepUntil),
    },
  }
}

/** The document with these settings changed; undefined when it says so already. */
export function withSettings(
  document: WorkspaceDocument,
  change: Partial<WorkspaceSettings>,
): WorkspaceDocument | undefined {
  const before = settingsOf(document)
  const { ignoredFiles, idle } = { ...before, ...change }
  if (isDeepStrictEqual(before, { ignoredFiles, idle })) return undefined
  const { stopAfter, closedAfter, keepUntil } = idle
  return {
    ...document,
    spec: {
      ...document.spec,
      saves: { ignoredFiles },
      idle: {
        stopAfter: stopAfter === null ? 'never' : toDuration(stopAfter),
        closedAfter: toDuration(closedAfter),
        keepUntil: keepUntil === null ? null : new Date(keepUntil).toISOString(),
      },
    },
  }
}

function toMinutes(duration: string): number {
  return Number(duration.slice(0, -1)) * (duration.endsWith('h') ? HOUR : 1)
}

function toDuration(minutes: number): string {
  return minutes % HOUR === 0 ? `${minutes / HOUR}h` : `${minutes}m`
}
