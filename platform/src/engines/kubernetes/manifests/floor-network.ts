import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { openedNetworks } from './addresses.ts'
import { podSelector } from './names.ts'
import { free, must, onlyThese } from './rules.ts'
import type { CheckedInput, Pods } from './types.ts'

const RUNNER_PORT = 7070
const DNS_PORT = 53
const CLUSTER_LABEL = 'kubernetes.io/metadata.name'

const Block = onlyThese({
  ipBlock: onlyThese({ cidr: z.string(), except: z.array(z.string()).default([]) }).superRefine(
    ({ cidr, except }, context) => {
      const opened = openedNetworks(cidr, except)
      if (opened.length > 0)
        context.addIssue({
          code: 'custom',
          message: `opens ${opened.join(', ')}: a workspace reaches public addresses only`,
        })
    },
  ),
})
const Port = onlyThese({ port: free, protocol: free, endPort: free })
type Port = z.infer<typeof Port>

/** The workspace's own policy: what is not named here nobody reaches, in or out. */
export function networkPolicyFloor(input: CheckedInput): z.ZodType {
  const { role, routing, platform } = input
  const gateways: Pods[] = [platform]
  if (role.kind === 'workspace' && routing.kind !== 'gateway') gateways.push(routing.controller)
  const sources = gateways.map(peerOf)
  return onlyThese({
    podSelector: must({ matchLabels: podSelector(role) }, 'it is for this workspace, and all of its pods'),
    policyTypes: must(['Ingress', 'Egress'], 'both ways are closed unless they are opened'),
    ingress: z
      .array(
        onlyThese({
          from: z
            .array(
              z
                .unknown()
                .refine(
                  (peer) => sources.some((source) => isDeepStrictEqual(peer, source)),
                  'must be the gateway: nobody else reaches a workspace',
                ),
            )
            .min(1, 'must name the gateway: an empty list is everybody'),
          ports: must([{ port: RUNNER_PORT, protocol: 'TCP' }], 'only the runner is reached'),
        }),
      )
      .optional(),
    egress: z
      .array(
        onlyThese({
          to: z.array(z.unknown()).min(1, 'must name somebody: an empty list is everybody'),
          ports: z.array(Port).optional(),
        }).superRefine(({ to, ports }, context) => {
          for (const [index, peer] of to.entries())
            for (const { path, message } of peerIssues(input, peer, ports ?? []))
              context.addIssue({ code: 'custom', path: ['to', index, ...path], message })
        }),
      )
      .optional(),
  })
}

function peerOf({ namespace, labels }: Pods): object {
  return {
    namespaceSelector: { matchLabels: { [CLUSTER_LABEL]: namespace } },
    podSelector: { matchLabels: labels },
  }
}

interface Issue {
  path: PropertyKey[]
  message: string
}

/** Out to the public internet on any port, to the platform on its port, to a resolver in another namespace on port 53. */
function peerIssues({ platform, namespace }: CheckedInput, peer: unknown, ports: Port[]): Issue[] {
  if (typeof peer === 'object' && peer !== null && 'ipBlock' in peer) {
    const { error } = Block.safeParse(peer)
    return (error?.issues ?? []).map(({ path, message }) => ({ path, message }))
  }
  const isPlatform = isDeepStrictEqual(peer, peerOf(platform))
  if (isPlatform && isDeepStrictEqual(ports, [{ port: platform.internalPort, protocol: 'TCP' }])) return []
  const resolver = Resolver.safeParse(peer)
  const isResolver =
    resolver.success && resolver.data.namespaceSelector.matchLabels[CLUSTER_LABEL] !== namespace
  const isDns = ports.length > 0 && ports.every(({ port, endPort }) => port === DNS_PORT && !endPort)
  if (isResolver && isDns) return []
  const message = `must be the platform on port ${platform.internalPort}, or pods of one other namespace on port ${DNS_PORT}`
  return [{ path: [], message }]
}

const Resolver = onlyThese({
  namespaceSelector: onlyThese({ matchLabels: onlyThese({ [CLUSTER_LABEL]: z.string() }) }),
  podSelector: onlyThese({
    matchLabels: z
      .record(z.string(), z.string())
      .refine((labels) => Object.keys(labels).length > 0, 'must name a label'),
  }),
})
