import type { Container, PodSpec } from './objects.ts'

const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

interface Security {
  privileged?: boolean
  allowPrivilegeEscalation?: boolean
  runAsNonRoot?: boolean
  runAsUser?: number
  capabilities?: { add?: string[]; drop?: string[] }
  seccompProfile?: { type?: string }
  procMount?: string
}

/** What of a pod breaks "restricted", in the words of the admission plugin; [] when nothing does. */
export function violations(spec: PodSpec): string[] {
  const pod = (spec.securityContext ?? {}) as Security
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  const security = (container: Container): Security => container.securityContext ?? {}
  const named = (breaks: (container: Container) => boolean): string | null => {
    const names = containers.filter(breaks).map(({ name }) => `"${name}"`)
    if (names.length === 0) return null
    return `${names.length === 1 ? 'container' : 'containers'} ${names.join(', ')}`
  }
  const found: string[] = []
  const tell = (rule: string, who: string | null, must = ''): void => {
    if (who !== null) found.push(`${rule} (${who}${must})`)
  }
  const namespaces = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key] === true)
  if (namespaces.length > 0)
    found.push(`host namespaces (${namespaces.map((key) => `${key}=true`).join(', ')})`)
  tell(
    'privileged',
    named((one) => security(one).privileged === true),
    ' must not set securityContext.privileged=true',
  )
  tell(
    'allowPrivilegeEscalation != false',
    named((one) => security(one).allowPrivilegeEscalation !== false),
    ' must set securityContext.allowPrivilegeEscalation=false',
  )
  tell(
    'unrestricted capabilities',
    named((one) => security(one).capabilities?.drop?.includes('ALL') !== true),
    ' must set securityContext.capabilities.drop=["ALL"]',
  )
  tell(
    'unrestricted capabilities',
    named((one) => (security(one).capabilities?.add ?? []).some((name) => name !== 'NET_BIND_SERVICE')),
    ' must not include other capabilities than "NET_BIND_SERVICE" in securityContext.capabilities.add',
  )
  const volumes = (spec.volumes ?? []).filter(
    (volume) => !Object.keys(volume).some((key) => VOLUMES.has(key)),
  )
  if (volumes.length > 0) {
    const kinds = [
      ...new Set(volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'))),
    ]
    const names = volumes.map(({ name }) => `"${name}"`)
    found.push(
      `restricted volume types (${names.length === 1 ? 'volume' : 'volumes'} ${names.join(', ')} ${names.length === 1 ? 'uses' : 'use'} restricted volume type ${kinds.map((kind) => `"${kind}"`).join(', ')})`,
    )
  }
  tell(
    'hostPort',
    named((one) => (one.ports ?? []).some(({ hostPort }) => (hostPort ?? 0) !== 0)),
    ' uses hostPort',
  )
  const root = named((one) => (security(one).runAsNonRoot ?? pod.runAsNonRoot) !== true)
  if (root !== null)
    found.push(`runAsNonRoot != true (pod or ${root} must set securityContext.runAsNonRoot=true)`)
  if (pod.runAsUser === 0) found.push('runAsUser=0 (pod must not set runAsUser=0)')
  tell(
    'runAsUser=0',
    named((one) => security(one).runAsUser === 0),
    ' must not set runAsUser=0',
  )
  const profile = named(
    (one) =>
      !['RuntimeDefault', 'Localhost'].includes(
        (security(one).seccompProfile ?? pod.seccompProfile)?.type ?? '',
      ),
  )
  if (profile !== null)
    found.push(
      `seccompProfile (pod or ${profile} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
    )
  return found
}

/** The level that a namespace's label asks for. */
export function levelOf(
  labels: Record<string, string> | undefined,
  mode: 'enforce' | 'warn',
): string | undefined {
  return labels?.[`pod-security.kubernetes.io/${mode}`]
}

export function violationSentence(found: string[]): string {
  return `violates PodSecurity "restricted:latest": ${found.join(', ')}`
}
