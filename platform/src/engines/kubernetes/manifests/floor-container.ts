import { z } from 'zod'
import { parseQuantity } from './quantity.ts'
import { atMost, free, must, onlyThese } from './rules.ts'

/** Below it are users that images and nodes know, some of them with rights. */
const MIN_UID = 10_000
const RESOURCES = ['cpu', 'memory', 'ephemeral-storage']
/** SELinux types that Pod Security allows: those of ordinary containers. */
const SELINUX_TYPES = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
])

export const Id = z
  .int({ error: 'must be a number of 10000 or more' })
  .min(MIN_UID, `must be ${MIN_UID} or more: lower ids are users that nodes and images know`)
export const Seccomp = onlyThese({
  type: must('RuntimeDefault', 'dangerous system calls must be refused'),
})
export const AppArmor = onlyThese({
  type: must('RuntimeDefault', 'the profile of the container runtime must hold'),
}).optional()
export const SeLinux = onlyThese({
  level: free,
  type: z
    .string()
    .refine((type) => SELINUX_TYPES.has(type), 'must be a type of ordinary containers')
    .optional(),
}).optional()
const Quantity = z.unknown().refine((value) => (parseQuantity(value) ?? 0) > 0, 'must be a size like 512Mi')
export const SizeLimit = Quantity.refine(
  (value) => value !== undefined,
  'must be set: it is disk of the node',
)

const ContainerSecurity = onlyThese({
  allowPrivilegeEscalation: must(false, 'no program may gain rights'),
  readOnlyRootFilesystem: must(true, 'what is written must be counted'),
  runAsNonRoot: atMost(true, 'nothing runs as root'),
  runAsUser: Id.optional(),
  runAsGroup: Id.optional(),
  privileged: atMost(false, 'a privileged container is the node'),
  procMount: atMost('Default', 'parts of /proc must stay hidden'),
  capabilities: onlyThese({
    drop: must(['ALL'], 'no capability is needed'),
    add: atMost<string[]>([], 'no capability is needed'),
  }),
  seccompProfile: Seccomp.optional(),
  appArmorProfile: AppArmor,
  seLinuxOptions: SeLinux,
})

const Resources = onlyThese({
  requests: z.record(z.string(), Quantity),
  limits: z.record(z.string(), Quantity),
}).superRefine(({ requests, limits }, context) => {
  for (const name of RESOURCES) {
    const [request, limit] = [parseQuantity(requests[name]), parseQuantity(limits[name])]
    const issue = (part: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [part, name], message })
    }
    if (request === null) issue('requests', 'must be set: nodes are filled, and added, by requests')
    if (limit === null) issue('limits', 'must be set: one workspace must not take a whole node')
    else if (request !== null && request > limit) issue('requests', 'must not be above the limit')
  }
})

// A host could be any address that the node reaches: Pod Security refuses it, too.
const Handler = onlyThese({
  exec: free,
  grpc: free,
  httpGet: onlyThese({ path: free, port: free, scheme: free, httpHeaders: free }).optional(),
  tcpSocket: onlyThese({ port: free }).optional(),
  sleep: free,
  initialDelaySeconds: free,
  periodSeconds: free,
  timeoutSeconds: free,
  successThreshold: free,
  failureThreshold: free,
  terminationGracePeriodSeconds: free,
}).optional()

const ConfigMapName = onlyThese({ name: z.string(), key: free, optional: free }).optional()
/** Values and references to what is no secret. */
const EnvVar = onlyThese({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: onlyThese({
    fieldRef: onlyThese({ apiVersion: free, fieldPath: z.string() }).optional(),
    resourceFieldRef: free,
    configMapKeyRef: ConfigMapName,
  }).optional(),
})

export const Container = onlyThese({
  name: z.string(),
  image: z.string(),
  imagePullPolicy: free,
  command: free,
  args: free,
  workingDir: free,
  env: z.array(EnvVar).optional(),
  envFrom: z.array(onlyThese({ prefix: free, configMapRef: ConfigMapName })).optional(),
  ports: z.array(onlyThese({ name: free, containerPort: z.int(), protocol: free })).optional(),
  resources: Resources,
  resizePolicy: free,
  /** Of an init container that runs beside the others. */
  restartPolicy: free,
  volumeMounts: z
    .array(onlyThese({ name: z.string(), mountPath: z.string(), readOnly: free, subPath: free }))
    .optional(),
  securityContext: ContainerSecurity,
  readinessProbe: Handler,
  livenessProbe: Handler,
  startupProbe: Handler,
  lifecycle: onlyThese({ preStop: Handler, postStart: Handler }).optional(),
  terminationMessagePath: free,
  terminationMessagePolicy: free,
})
