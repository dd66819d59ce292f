import { ApiError } from './api-error.ts'
import { apiVersionOf } from './kinds.ts'
import type { Resource } from './kinds.ts'
import type { Container, Json, PodSpec, Stored, Template } from './objects.ts'

const words = (text: string): Set<string> => new Set(text.trim().split(/\s+/))

const POD = words(`
  activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks
  ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname imagePullSecrets initContainers
  nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims
  resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount
  serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations
  topologySpreadConstraints volumes`)
const CONTAINER = words(`
  args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy
  resources restartPolicy securityContext startupProbe stdin stdinOnce terminationMessagePath
  terminationMessagePolicy tty volumeDevices volumeMounts workingDir`)
const DEPLOYMENT = words(`
  minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template`)

/** Refuses fields of pods and Deployments that nobody knows, as an apply does; answered with 500, as in reality. */
export function checkSchema(resource: Resource, manifest: Stored): void {
  const { spec } = manifest
  if (!spec) return
  const fail = (path: string): never => {
    const { namespace, name } = manifest.metadata
    const version = resource.group === '' ? `/${resource.version}` : apiVersionOf(resource)
    throw new ApiError(
      500,
      'InternalError',
      `failed to create typed patch object (${namespace}/${name}; ${version}, Kind=${resource.kind}): ${path}: field not declared in schema`,
    )
  }
  const check = (fields: Json, known: Set<string>, path: string): void => {
    for (const field of Object.keys(fields)) if (!known.has(field)) fail(`${path}.${field}`)
  }
  const checkPod = (pod: PodSpec, path: string): void => {
    check(pod, POD, path)
    for (const container of (pod.containers ?? []) as (Container & Json)[])
      check(container, CONTAINER, `${path}.containers[name=${JSON.stringify(container.name)}]`)
  }
  if (resource.kind === 'Pod') checkPod(spec as PodSpec, '.spec')
  if (resource.kind !== 'Deployment') return
  check(spec, DEPLOYMENT, '.spec')
  const template = spec['template'] as Template | undefined
  if (template?.spec) checkPod(template.spec, '.spec.template.spec')
}
