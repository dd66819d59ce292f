import { z } from 'zod'
import { hostOf, objectName, podSelector } from './names.ts'
import { free, must, onlyThese } from './rules.ts'
import type { CheckedInput } from './types.ts'

/** Within the cluster, to the runner of this workspace. */
export function serviceFloor({ role }: CheckedInput): z.ZodType {
  return onlyThese({
    type: must('ClusterIP', 'a workspace has no address of its own outside of the cluster'),
    selector: must(podSelector(role), 'it leads to this workspace'),
    ports: z.array(
      onlyThese({
        name: free,
        port: z.int(),
        protocol: must('TCP', 'the runner speaks HTTP'),
        targetPort: must('runner', 'nothing but the runner is reached'),
        appProtocol: free,
      }),
    ),
    ipFamilies: free,
    ipFamilyPolicy: free,
  })
}

/** This workspace's host name, to this workspace's Service, and nothing else. */
export function ingressFloor(input: CheckedInput): z.ZodType {
  const host = must(hostOf(input), 'other hosts are not this workspace’s')
  const backend = onlyThese({
    service: onlyThese({
      name: must(objectName(input.role), 'it leads to this workspace'),
      port: must({ name: 'runner' }, 'nothing but the runner is reached'),
    }),
  })
  return onlyThese({
    ingressClassName: z.string(),
    tls: z.array(onlyThese({ hosts: z.array(host).min(1), secretName: free })),
    rules: z.array(
      onlyThese({
        host,
        http: onlyThese({ paths: z.array(onlyThese({ path: free, pathType: free, backend })) }),
      }),
    ),
  })
}

/** The same for the Gateway API. Filters that send requests elsewhere are not listed, hence refused. */
export function httpRouteFloor(input: CheckedInput): z.ZodType {
  const backend = onlyThese({
    group: must('', 'it leads to a Service').optional(),
    kind: must('Service', 'it leads to a Service').optional(),
    name: must(objectName(input.role), 'it leads to this workspace'),
    port: must(7070, 'nothing but the runner is reached'),
    weight: free,
  })
  return onlyThese({
    parentRefs: z.array(z.unknown()).min(1),
    hostnames: must([hostOf(input)], 'other hosts are not this workspace’s'),
    rules: z.array(
      onlyThese({ name: free, matches: free, timeouts: free, backendRefs: z.array(backend).min(1) }),
    ),
  })
}
