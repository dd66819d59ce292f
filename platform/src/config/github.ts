import { z } from 'zod'
import type { Env } from './env.ts'
import { ConfigError, read } from './read.ts'

export interface GitHubConfig {
  /** Origin of its pages. */
  web: string
  /** Base URL of its API. */
  api: string
  clientId: string
  /** Taken out before a configuration is shown. */
  clientSecret: string
}

const PUBLIC = 'https://github.com'

/** null when no OAuth app is named. Throws a `ConfigError` when it is named by half. */
export function toGitHub({ githubUrl, githubClientId, githubClientSecret }: Env): GitHubConfig | null {
  const both = githubClientId !== undefined && githubClientSecret !== undefined
  if (githubClientId === undefined && githubClientSecret === undefined && githubUrl === undefined) return null
  if (!both)
    throw new ConfigError(
      'GitHub needs both CODENEST_GITHUB_CLIENT_ID and CODENEST_GITHUB_CLIENT_SECRET, of an OAuth app that is registered there.',
    )
  const Origin = z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).origin === url.replace(/\/$/, ''))
  const url = read('CODENEST_GITHUB_URL', githubUrl ?? PUBLIC, Origin, `an origin like ${PUBLIC}`)
  const web = new URL(url).origin
  // A server of one's own answers below its pages.
  const api = web === PUBLIC ? 'https://api.github.com' : `${web}/api/v3`
  return { web, api, clientId: githubClientId, clientSecret: githubClientSecret }
}
