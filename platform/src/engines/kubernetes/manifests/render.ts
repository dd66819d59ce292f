import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import { parseDocument } from 'yaml'
import { PRIVATE_V4, PRIVATE_V6 } from '../../../public-addresses.ts'
import { hostOf, objectLabels, objectName, OWNER_ANNOTATION, podSelector } from './names.ts'
import { byteQuantity, cpuQuantity } from './quantity.ts'
import type { CheckedInput, Json, JsonObject, ManifestKind, Pods } from './types.ts'

const MIB = 2 ** 20
export const TEMPLATES = new URL('../../../../../manifests/workspace/', import.meta.url)
const FILES: Record<ManifestKind, string> = {
  NetworkPolicy: 'network-policy.yaml.hbs',
  Service: 'service.yaml.hbs',
  Deployment: 'deployment.yaml.hbs',
  Ingress: 'ingress.yaml.hbs',
  HTTPRoute: 'http-route.yaml.hbs',
}
/** By name; `lookup` and `log` are Handlebars' own and switched off. */
const HELPERS = { if: true, unless: true, each: true, json: true, with: false, lookup: false, log: false }

const engine = Handlebars.create()
// JSON is YAML: whatever a value holds it stays one quoted scalar, or a flow of them.
engine.registerHelper('json', (value: Json) =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ),
)
const compile = (kind: ManifestKind): HandlebarsTemplateDelegate =>
  engine.compile(readFileSync(new URL(FILES[kind], TEMPLATES), 'utf8'), {
    strict: true,
    noEscape: true,
    knownHelpers: HELPERS,
    knownHelpersOnly: true,
  })
const templates: Record<ManifestKind, HandlebarsTemplateDelegate> = {
  NetworkPolicy: compile('NetworkPolicy'),
  Service: compile('Service'),
  Deployment: compile('Deployment'),
  Ingress: compile('Ingress'),
  HTTPRoute: compile('HTTPRoute'),
}

/** What a workspace or pool consists of, in the order in which it is applied. */
export function kindsOf({ role, routing }: CheckedInput): ManifestKind[] {
  if (role.kind === 'pool') return ['NetworkPolicy', 'Deployment']
  const route = { gateway: [], ingress: ['Ingress'], httproute: ['HTTPRoute'] } as const
  return ['NetworkPolicy', 'Service', 'Deployment', ...route[routing.kind]]
}

/** Renders and parses the template of one object. Pure but for the templates, which are read when this is loaded. */
export function renderObject(kind: ManifestKind, input: CheckedInput): JsonObject {
  const text = templates[kind](toView(input), {
    allowProtoMethodsByDefault: false,
    allowProtoPropertiesByDefault: false,
  })
  return parseObject(text, FILES[kind])
}

/** The one object that a text holds; nothing in it is said twice or by reference. */
function parseObject(text: string, file: string): JsonObject {
  const document = parseDocument(text, { uniqueKeys: true, schema: 'core', strict: true })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem) throw new Error(`manifests/workspace/${file} renders to no YAML`, { cause: problem })
  return document.toJS({ maxAliasCount: 0 }) as JsonObject
}

/** Everything that templates can see. */
function toView(input: CheckedInput): Record<string, Json> {
  const { role, routing, platform, resources } = input
  const { cpu, memory, storage } = resources
  const sources: Pods[] = [{ namespace: platform.namespace, labels: platform.labels }]
  if (role.kind === 'workspace' && routing.kind !== 'gateway') sources.push(routing.controller)
  const storageQuantity = byteQuantity(storage)
  return {
    name: objectName(role),
    namespace: input.namespace,
    labels: objectLabels(role),
    annotations: role.kind === 'workspace' ? { [OWNER_ANNOTATION]: role.owner } : {},
    selector: podSelector(role),
    replicas: input.replicas,
    hostUsers: input.hostUsers,
    runtimeClass: input.runtimeClass,
    image: input.image,
    publicKey: JSON.stringify(input.publicKey),
    // Small shares: an autoscaler can fill a node with people who read and think, and add one when they all build.
    requests: {
      cpu: cpuQuantity(cpu / 8),
      memory: byteQuantity(memory / 4),
      'ephemeral-storage': storageQuantity,
    },
    limits: { cpu: cpuQuantity(cpu), memory: byteQuantity(memory), 'ephemeral-storage': storageQuantity },
    workspaceSize: storageQuantity,
    tmpSize: byteQuantity(Math.min(512 * MIB, Math.max(64 * MIB, Math.floor(storage / 16 / MIB) * MIB))),
    sources: sources.map(({ namespace, labels }) => ({ namespace, labels })),
    platform: { ...platform },
    privateV4: [...PRIVATE_V4],
    privateV6: [...PRIVATE_V6],
    host: hostOf(input),
    ingressClass: routing.kind === 'ingress' ? routing.className : null,
    gateway: routing.kind === 'httproute' ? routing.gateway : null,
  }
}
