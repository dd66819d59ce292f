import { z } from 'zod'
import { DnsLabel, Image, Routing } from '../engines/kubernetes/manifests/types.ts'
import type { KubernetesSettings } from '../engines/kubernetes/settings.ts'
import type { Env } from './env.ts'
import { read, readFlag, readJson } from './read.ts'

/** Port at which pods reach the platform: their remotes, and nothing that a browser may ask for. */
const INTERNAL_PORT = '4001'
/** What the platform's own pods are called by whoever lets them in. */
const PLATFORM_LABELS = { 'app.kubernetes.io/name': 'codenest-platform' }

const Images = z.record(z.string().regex(/^[a-z0-9-]{1,40}$/), Image).refine((images) => 'default' in images)

/** What the environment says about the cluster. Throws a `ConfigError`. */
export function toKubernetes(
  env: Env,
  domain: string,
): KubernetesSettings & { internalUrl: string; podIp: string } {
  const namespace = read('CODENEST_NAMESPACE', env.namespace ?? 'codenest', DnsLabel, 'a namespace')
  const internalPort = Number(
    read(
      'CODENEST_INTERNAL_PORT',
      env.internalPort ?? INTERNAL_PORT,
      z.string().regex(/^[1-9]\d{0,4}$/),
      'a port',
    ),
  )
  return {
    kubeconfig: env.kubeconfig ?? 'in-cluster',
    namespace: read(
      'CODENEST_WORKSPACE_NAMESPACE',
      env.workspaceNamespace ?? 'codenest-workspaces',
      DnsLabel,
      'a namespace',
    ),
    platform: { namespace, labels: PLATFORM_LABELS, internalPort },
    internalUrl: read(
      'CODENEST_INTERNAL_URL',
      env.internalUrl ?? `http://platform.${namespace}.svc:${internalPort}`,
      z.url({ protocol: /^https?$/ }),
      'a URL at which pods reach this platform',
    ),
    podIp: read(
      'CODENEST_POD_IP',
      env.podIp ?? '127.0.0.1',
      z.union([z.ipv4(), z.ipv6()]),
      'the address at which other replicas reach this one',
    ),
    images: readJson(
      'CODENEST_RUNNER_IMAGES',
      env.runnerImages ?? '',
      Images,
      'JSON like {"default": "registry.example.com/runner:1.0", "node": "…"}',
    ),
    routing: toRouting(env.routing ?? 'gateway', domain),
    runtimeClass: env.runtimeClass ?? null,
    hostUsers: readFlag('CODENEST_HOST_USERS', env.hostUsers ?? 'true'),
    applies: readFlag('CODENEST_APPLY', env.apply ?? 'true'),
  }
}

/** By the gateway, or by objects that have to name the controller's pods: those may reach runners, too. */
function toRouting(text: string, domain: string): KubernetesSettings['routing'] {
  if (text === 'gateway') return { kind: 'gateway' }
  const allowed =
    '"gateway", or JSON like {"kind": "ingress", "className": "…", "controller": {"namespace": "…", "labels": {…}}}'
  return readJson('CODENEST_ROUTING', text, Routing, allowed, (routing) => ({ ...routing, domain }))
}
