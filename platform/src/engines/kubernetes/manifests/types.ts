import { z } from 'zod'
import { OwnerName } from '../../../fleet/document.ts'
import { Name, Port } from '../../../protocol.ts'

export const DnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
const DnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/)
const LabelKey = z.string().regex(/^([a-z0-9.-]{1,200}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
const LabelValue = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
export const Image = z.string().regex(/^[a-z0-9][\w.:/-]{0,400}(@sha256:[0-9a-f]{64})?$/)
const Bytes = z.number().int().positive()

/** Pods of one namespace; without labels it would be all of them. */
const Pods = z.strictObject({
  namespace: DnsLabel,
  labels: z
    .record(LabelKey, LabelValue)
    .refine((labels) => Object.keys(labels).length > 0, 'must name at least one label'),
})
export type Pods = z.infer<typeof Pods>

/** An Ed25519 public key. Strict: a private part has no place in a manifest. */
const PublicKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/),
  kid: z.string().max(100).optional(),
  alg: z.string().max(20).optional(),
  use: z.string().max(20).optional(),
})

/** How a browser reaches a workspace: by the platform's gateway, or by an object of its own. */
export const Routing = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gateway') }),
  z.strictObject({
    kind: z.literal('ingress'),
    className: DnsName,
    domain: DnsName,
    /** Pods of the ingress controller, which then may reach the runner, too. */
    controller: Pods,
  }),
  z.strictObject({
    kind: z.literal('httproute'),
    gateway: z.strictObject({ name: DnsName, namespace: DnsLabel }),
    domain: DnsName,
    controller: Pods,
  }),
])

/** Whose pods: of a workspace, or of the pool that workspaces are claimed from. */
const Role = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('workspace'), id: Name, owner: OwnerName }),
  z.strictObject({ kind: z.literal('pool'), stack: Name }),
])

/** Operators' patches: the text of `overrides/all.yaml` or `overrides/<id>.yaml` of the fleet repository. */
const Override = z.strictObject({
  path: z.string().regex(/^overrides\/[a-z0-9-]+\.yaml$/),
  text: z.string().max(64 * 1024, 'must be 64 KiB at most'),
})
export type Override = z.infer<typeof Override>

export const ManifestInput = z.strictObject({
  role: Role,
  /** Of workspaces; one for all of them. */
  namespace: DnsLabel,
  /** The platform's pods, and the port at which they serve workspaces. */
  platform: Pods.extend({ internalPort: Port }),
  image: Image,
  /** Processors and bytes, like `Resources` of the engine. */
  resources: z.strictObject({ cpu: z.number().min(0.1).max(1000), memory: Bytes, storage: Bytes }),
  publicKey: PublicKey,
  routing: Routing,
  runtimeClass: DnsName.nullable(),
  /** `false` where the cluster has user namespaces: root of a pod is nobody on its node. `true` leaves it out. */
  hostUsers: z.boolean(),
  /** Of the Deployment: 0 or 1 for a workspace, the size of the pool for a pool. */
  replicas: z.number().int().min(0).max(1000),
  /** In the order in which they apply. */
  overrides: z.array(Override).max(2).default([]),
})
export type ManifestInput = z.input<typeof ManifestInput>
/** The same, validated and with defaults. */
export type CheckedInput = z.output<typeof ManifestInput>

export const API_VERSIONS = {
  NetworkPolicy: 'networking.k8s.io/v1',
  Service: 'v1',
  Deployment: 'apps/v1',
  Ingress: 'networking.k8s.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
} as const
export type ManifestKind = keyof typeof API_VERSIONS

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** An object as it is applied: no status, nothing that the API server fills in. */
export interface Manifest {
  apiVersion: string
  kind: ManifestKind
  metadata: {
    name: string
    namespace: string
    labels: Record<string, string>
    annotations?: Record<string, string>
  }
  spec: JsonObject
}

/** In the order in which they are applied: no pod runs before its network is closed. */
export type Manifests = readonly Manifest[]
