import type { ManifestInput } from './manifests/types.ts'

/** What an operator decides about workspaces of a cluster. */
export interface KubernetesSettings {
  /** `in-cluster`, or the path of a kubeconfig file. */
  kubeconfig: string
  /** Where workspaces are; the platform is somewhere else. */
  namespace: string
  platform: ManifestInput['platform']
  /** Images of workspaces by stack; `default` for all that have none of their own. */
  images: Record<string, string>
  routing: ManifestInput['routing']
  runtimeClass: string | null
  hostUsers: boolean
  /** False where Argo CD or Flux applies what is written to the fleet repository. */
  applies: boolean
}

/** Port at which runners listen in their pods. */
export const RUNNER_PORT = 7070
