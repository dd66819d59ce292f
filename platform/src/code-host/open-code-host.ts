import type { Mask } from '@codenest/runner/mask'
import type { Logger } from 'pino'
import type { GitHubConfig } from '../config/github.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { Accounts } from './accounts.ts'
import { GitHub } from './github/github.ts'
import { Publishing } from './publishing.ts'

export interface CodeHostOptions {
  secrets: Secrets
  mask: Mask
  workspaces: Workspaces
  remotes: Remotes
  /** Of the page. */
  origin: string
  log: Logger
}

/** The configured code host, and what people do there. */
export interface OpenCodeHost {
  host: string
  accounts: Accounts
  publishing: Publishing
}

export function openCodeHost(config: GitHubConfig, options: CodeHostOptions): OpenCodeHost {
  const { secrets, mask, workspaces, remotes, origin, log } = options
  mask.hide([config.clientSecret])
  const host = new GitHub(config)
  const redirectUrl = `${origin}/connect/github/callback`
  const accounts = new Accounts({ host, secrets, redirectUrl, log })
  const publishing = new Publishing({ host, accounts, workspaces, remotes })
  return { host: host.host, accounts, publishing }
}
