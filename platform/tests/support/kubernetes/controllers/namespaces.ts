import type { Api } from '../api.ts'
import { resourceOf } from '../kinds.ts'
import type { StoreEvent } from '../store.ts'

/** Puts into a new namespace what every namespace has. */
export function furnishNamespace(api: Api, { type, object }: StoreEvent): void {
  if (type !== 'ADDED' || object.kind !== 'Namespace') return
  const { name: namespace } = object.metadata
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }
  const roots = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', namespace },
    data: { 'ca.crt': '' },
  }
  api.create(resourceOf('ServiceAccount'), namespace, account)
  api.create(resourceOf('ConfigMap'), namespace, roots)
}
