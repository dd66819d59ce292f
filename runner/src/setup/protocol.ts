import type { RepositorySettings } from '../settings/protocol.ts'

/** What the repository says about itself, whether it may do so, and how far that is. */
export interface SetupStatus {
  settings: RepositorySettings
  /** Names what would run, and with which variables; null when there is nothing of the kind. */
  digest: string | null
  /** The owner trusts exactly this. */
  trusted: boolean
  /** `none`: there is nothing to run. `waiting`: it may not, or has not begun. */
  state: 'none' | 'waiting' | 'running' | 'failed' | 'done'
  /** Of the command that failed. */
  exitCode: number | null
  terminalId: string | null
}
