import { z } from 'zod'
import { AppArmor, Container, Id, Seccomp, SeLinux, SizeLimit } from './floor-container.ts'
import { atMost, free, must, onlyThese } from './rules.ts'

/** Seconds in which the last save is made, with some to spare. */
const MIN_GRACE = 45

/** Annotations and labels that other programs act on: looser profiles, other networks, credentials of clouds. */
const LOOSENING = [
  /^container\.(apparmor|seccomp)\.security\./,
  /^(apparmor|seccomp)\.security\./,
  /^io\.kubernetes\.cri-o\./,
  /^k8s\.v1\.cni\.cncf\.io\//,
  /^(eks|iam|sts)\.amazonaws\.com\//,
  /^azure\.workload\.identity\//,
  /^iam\.gke\.io\//,
  /^(sidecar\.istio|linkerd)\.io\//,
]

/** Of a pod: keys that nothing acts on. */
export const Harmless = z.record(z.string(), z.string()).superRefine((entries, context) => {
  for (const key of Object.keys(entries))
    if (LOOSENING.some((pattern) => pattern.test(key)))
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'may not be set: other programs act on it, and would open the pod',
      })
})

const PodSecurity = onlyThese({
  runAsNonRoot: must(true, 'nothing runs as root'),
  runAsUser: Id,
  runAsGroup: Id,
  fsGroup: Id.optional(),
  fsGroupChangePolicy: free,
  supplementalGroups: z.array(Id).optional(),
  supplementalGroupsPolicy: free,
  seccompProfile: Seccomp,
  appArmorProfile: AppArmor,
  seLinuxOptions: SeLinux,
  seLinuxChangePolicy: free,
})

/**
 * Sized scratch space, and ConfigMaps, which bring what a company's own network needs (certificates, settings of package
 * managers) and are no place for secrets. Nothing of the node, nothing that outlives the pod, no token, no Secret.
 */
const Volume = onlyThese({
  name: z.string(),
  emptyDir: onlyThese({ medium: z.enum(['', 'Memory']).optional(), sizeLimit: SizeLimit }).optional(),
  configMap: onlyThese({ name: z.string(), items: free, defaultMode: free, optional: free }).optional(),
}).refine(({ emptyDir, configMap }) => (emptyDir === undefined) !== (configMap === undefined), {
  error: 'must be either an emptyDir or a configMap',
})

/** Pod Security "restricted" and more, as an allow-list. `hostUsers`: what the cluster is said to support. */
export function podFloor(hostUsers: boolean): z.ZodType {
  return onlyThese({
    containers: z.array(Container).refine((all) => all.some(({ name }) => name === 'runner'), {
      error: 'must have the container "runner"',
    }),
    initContainers: z.array(Container).optional(),
    volumes: z.array(Volume).optional(),
    securityContext: PodSecurity,
    automountServiceAccountToken: must(false, 'a workspace has no rights in the cluster'),
    // Another account may be one that the cloud trusts.
    serviceAccountName: atMost('default', 'other accounts may have rights'),
    enableServiceLinks: must(false, 'a workspace is not told what else runs here'),
    hostUsers: hostUsers
      ? atMost(false, 'users of a pod are nobody on its node')
      : must(false, 'users of a pod must be nobody on its node'),
    terminationGracePeriodSeconds: z
      .int('must be a number of seconds')
      .min(MIN_GRACE, `must be ${MIN_GRACE} or more: the last save takes up to 40 seconds`),
    restartPolicy: atMost('Always', 'a runner that ended is started again'),
    runtimeClassName: free,
    imagePullSecrets: free,
    nodeSelector: free,
    affinity: free,
    tolerations: free,
    topologySpreadConstraints: free,
    schedulerName: free,
    priorityClassName: free,
    preemptionPolicy: free,
    dnsPolicy: free,
    dnsConfig: free,
  })
}
