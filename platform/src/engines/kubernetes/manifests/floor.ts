import { z } from 'zod'
import { networkPolicyFloor } from './floor-network.ts'
import { Harmless, podFloor } from './floor-pod.ts'
import { httpRouteFloor, ingressFloor, serviceFloor } from './floor-routes.ts'
import { podSelector } from './names.ts'
import { free, must, ONCE, onlyThese, reasonsOf } from './rules.ts'
import type { CheckedInput, Manifest, ManifestKind } from './types.ts'

const FLOORS: Record<ManifestKind, (input: CheckedInput) => z.ZodType> = {
  NetworkPolicy: networkPolicyFloor,
  Service: serviceFloor,
  Deployment: deploymentFloor,
  Ingress: ingressFloor,
  HTTPRoute: httpRouteFloor,
}

/**
 * What keeps these objects from meeting the security floor, in plain words; empty when they do. It is asked of the
 * objects as they will be applied, whoever wrote them, and lists what may be set: the rest is refused.
 */
export function floorReasons(input: CheckedInput, manifests: readonly Manifest[]): string[] {
  return manifests.flatMap(({ kind, spec }) => {
    const { error } = z.object({ spec: FLOORS[kind](input) }).safeParse({ spec }, ONCE)
    return error ? reasonsOf(kind, error) : []
  })
}

function deploymentFloor(input: CheckedInput): z.ZodType {
  return onlyThese({
    replicas: must(input.replicas, 'CodeNest decides how many there are'),
    revisionHistoryLimit: free,
    progressDeadlineSeconds: free,
    minReadySeconds: free,
    strategy: must({ type: 'Recreate' }, 'two pods of one workspace would save into the same ref'),
    selector: must({ matchLabels: podSelector(input.role) }, 'it is for this workspace'),
    template: onlyThese({
      metadata: onlyThese({ labels: Harmless, annotations: Harmless.optional() }),
      spec: podFloor(input.hostUsers),
    }),
  })
}
