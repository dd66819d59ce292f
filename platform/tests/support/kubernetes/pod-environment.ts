import { join } from 'node:path'
import type { Container, Json, Pod } from './objects.ts'
import type { Store } from './store.ts'

/** The environment of a pod's first container, at the address and with the folders that it has here. */
export function podEnvironment(
  pod: Pod,
  ip: string,
  folder: string,
  store: Store | undefined,
): Record<string, string> {
  const [container] = pod.spec.containers
  if (!container) return {}
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath }) => ({
    mountPath,
    at: join(folder, name),
  }))
  const temporary = mounts.find(({ mountPath }) => mountPath === '/tmp')
  const entries = (container.env ?? []).map((entry) => {
    const value = entry.value ?? lookUp(entry, pod, ip, store)
    const mount = mounts.find(({ mountPath }) => value === mountPath || value.startsWith(`${mountPath}/`))
    const placed = mount ? mount.at + value.slice(mount.mountPath.length) : value
    return [entry.name, placed.replace('0.0.0.0', ip)] as const
  })
  return { ...(temporary && { TMPDIR: temporary.at }), ...Object.fromEntries(entries) }
}

function lookUp(
  { valueFrom }: NonNullable<Container['env']>[number],
  pod: Pod,
  ip: string,
  store: Store | undefined,
): string {
  const path = valueFrom?.fieldRef?.fieldPath
  if (path === 'status.podIP') return ip
  if (path !== undefined) {
    const key = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
    if (key) return pod.metadata[key[1] as 'labels' | 'annotations']?.[key[2]!] ?? ''
    let value: unknown = pod
    for (const name of path.split('.')) value = (value as Json | undefined)?.[name]
    return typeof value === 'string' ? value : ''
  }
  const reference = valueFrom?.secretKeyRef
  if (!reference) return ''
  const secret = store?.find('Secret', pod.metadata.namespace ?? '', reference.name)
  const data = (secret?.['data'] ?? {}) as Record<string, string>
  return Buffer.from(data[reference.key] ?? '', 'base64').toString()
}
