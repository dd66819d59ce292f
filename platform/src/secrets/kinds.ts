import { z } from 'zod'
import type { SecretKind } from './secrets.ts'

/** By the names of environment variables; `changedAt` is ISO 8601. */
const Variables = z.record(z.string(), z.strictObject({ value: z.string(), changedAt: z.string() }))
export type Variables = z.infer<typeof Variables>

const hidden = (variables: Variables): string[] => Object.values(variables).map(({ value }) => value)

/** Variables of all workspaces of a person. */
export const userVariables: SecretKind<Variables> = { name: 'environment/user', schema: Variables, hidden }

/** Variables of one workspace. It is known by when it was made, too: another one may have its name later. */
export function workspaceVariables(id: string, createdAt: string): SecretKind<Variables> {
  return { name: `environment/${id}-${Date.parse(createdAt)}`, schema: Variables, hidden }
}

const HostCredentials = z.strictObject({ username: z.string(), password: z.string() })
export type HostCredentials = z.infer<typeof HostCredentials>

/** Below which folder the credentials of hosts are, one each; the names are those of `hostCredentials`. */
export const HOSTS = 'hosts'

/** What Git shows to a code host (`git.example.com`, `git.example.com:8443`). */
export function hostCredentials(host: string): SecretKind<HostCredentials> {
  return {
    name: `${HOSTS}/${segment(host)}`,
    schema: HostCredentials,
    hidden: ({ password }) => [password],
  }
}

const Account = z.strictObject({
  /** Name at the host. */
  login: z.string(),
  token: z.string(),
  scopes: z.array(z.string()),
  /** ISO 8601. */
  connectedAt: z.string(),
})
export type Account = z.infer<typeof Account>

/** An account at a code host (`github.com`) that its owner has connected. */
export function connectedAccount(host: string): SecretKind<Account> {
  return { name: `accounts/${segment(host)}`, schema: Account, hidden: ({ token }) => [token] }
}

/** As a part of an object's key: a colon, or a bracket of an IPv6 address, may not be in one. */
function segment(host: string): string {
  return host.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '_')
}
