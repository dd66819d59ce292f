/**
 * Schemas of kinds that are not Kubernetes' own, written by hand after their reference: only the fields that our
 * manifests use, so that a slip is an error. What else these kinds have is not in here.
 */
const string = { type: 'string' }
const strings = { type: 'array', items: string }
const integer = { type: 'integer' }
const map = { type: 'object', additionalProperties: string }
const object = (properties: Record<string, object>, required: string[] = []): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
})
const list = (items: object): object => ({ type: 'array', items, minItems: 1 })
const metadata = object({ name: string, namespace: string, labels: map, annotations: map }, ['name'])
const kind = (spec: object): object =>
  object({ apiVersion: string, kind: string, metadata, spec }, ['apiVersion', 'kind', 'metadata', 'spec'])

const parentRef = object(
  { group: string, kind: string, name: string, namespace: string, sectionName: string, port: integer },
  ['name'],
)
const backendRef = object(
  { group: string, kind: string, name: string, namespace: string, port: integer, weight: integer },
  ['name'],
)
const path = object({ type: { enum: ['Exact', 'PathPrefix', 'RegularExpression'] }, value: string })
const issuerRef = object({ name: string, kind: string, group: string }, ['name'])
const secretRef = object({ name: string, key: string }, ['name'])
const solver = object(
  {
    selector: object({ dnsZones: strings }),
    dns01: object({
      route53: object({ region: string, hostedZoneID: string }),
      cloudflare: object({ apiTokenSecretRef: secretRef }, ['apiTokenSecretRef']),
    }),
  },
  ['dns01'],
)

export const FOREIGN_KINDS: Record<string, object> = {
  'gateway.networking.k8s.io/v1 HTTPRoute': kind(
    object(
      {
        parentRefs: list(parentRef),
        hostnames: list(string),
        rules: list(
          object({
            matches: list(object({ path })),
            backendRefs: list(backendRef),
            timeouts: object({ request: string, backendRequest: string }),
          }),
        ),
      },
      ['parentRefs', 'hostnames', 'rules'],
    ),
  ),
  'gateway.networking.k8s.io/v1 Gateway': kind(
    object(
      {
        gatewayClassName: string,
        listeners: list(
          object(
            {
              name: string,
              hostname: string,
              port: integer,
              protocol: { enum: ['HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP'] },
              tls: object({ mode: { enum: ['Terminate', 'Passthrough'] }, certificateRefs: list(secretRef) }),
              allowedRoutes: object({ namespaces: object({ from: { enum: ['All', 'Same', 'Selector'] } }) }),
            },
            ['name', 'port', 'protocol'],
          ),
        ),
      },
      ['gatewayClassName', 'listeners'],
    ),
  ),
  'cert-manager.io/v1 Certificate': kind(
    object({ secretName: string, dnsNames: list(string), issuerRef }, [
      'secretName',
      'dnsNames',
      'issuerRef',
    ]),
  ),
  'cert-manager.io/v1 ClusterIssuer': kind(
    object(
      {
        acme: object(
          { server: string, email: string, privateKeySecretRef: secretRef, solvers: list(solver) },
          ['server', 'privateKeySecretRef', 'solvers'],
        ),
      },
      ['acme'],
    ),
  ),
}
