import type { Cluster } from './cluster.ts'
import { isClusterError } from './errors.ts'
import type { Target } from './objects.ts'

export function configMapTarget(namespace: string, name: string): Target {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
}

/** Sets keys of a ConfigMap, which is made when there is none; whoever is last wins. */
export async function putConfigMap(
  cluster: Pick<Cluster, 'patch' | 'create'>,
  target: Target,
  data: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const patch = (): Promise<unknown> => cluster.patch(target, { type: 'merge', value: { data } }, { signal })
  try {
    await patch()
    return
  } catch (error) {
    if (!isClusterError(error, 'not_found')) throw error
  }
  const { apiVersion, kind, namespace = '', name } = target
  try {
    await cluster.create({ apiVersion, kind, metadata: { namespace, name }, data }, { signal })
  } catch (error) {
    if (!isClusterError(error, 'conflict')) throw error
    await patch()
  }
}
