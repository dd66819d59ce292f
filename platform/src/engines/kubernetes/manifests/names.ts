import type { CheckedInput } from './types.ts'

export const OWNER_ANNOTATION = 'codenest.dev/owner'
export const WORKSPACE_LABEL = 'codenest.dev/workspace'
export const POOL_LABEL = 'codenest.dev/pool'

/** Labels that all objects of workspaces and pools have: what CodeNest lists, watches and prunes by. */
export const MANAGED_LABELS = {
  'app.kubernetes.io/name': 'codenest-workspace',
  'app.kubernetes.io/managed-by': 'codenest',
} as const

/** What all objects of a workspace or pool are called. */
export function objectName(role: CheckedInput['role']): string {
  return role.kind === 'workspace' ? `ws-${role.id}` : `pool-${role.stack}`
}

export function workspaceName(id: string): string {
  return objectName({ kind: 'workspace', id, owner: 'any' })
}

/** The label by which a pod belongs to its workspace or pool. */
export function ownLabel(role: CheckedInput['role']): Record<string, string> {
  return role.kind === 'workspace' ? { [WORKSPACE_LABEL]: role.id } : { [POOL_LABEL]: role.stack }
}

export function objectLabels(role: CheckedInput['role']): Record<string, string> {
  return { ...MANAGED_LABELS, ...ownLabel(role) }
}

/** Never to be changed: a Deployment's selector is immutable. */
export function podSelector(role: CheckedInput['role']): Record<string, string> {
  return { 'app.kubernetes.io/name': MANAGED_LABELS['app.kubernetes.io/name'], ...ownLabel(role) }
}

export function hostOf(input: CheckedInput): string | null {
  const { role, routing } = input
  return role.kind === 'workspace' && routing.kind !== 'gateway' ? `${role.id}.${routing.domain}` : null
}
