import { z } from 'zod'

/** What the suite is told about the cluster; nothing of it is fetched from anywhere. */
const Environment = z.object({
  /** The cluster. Everything that the suite makes is in its namespaces `codenest` and `codenest-workspaces`. */
  KUBECONFIG: z.string().min(1, 'must name the kubeconfig of a cluster'),
  CODENEST_TEST_PLATFORM_IMAGE: z.string().default('codenest/platform:0.1.0'),
  CODENEST_TEST_RUNNER_IMAGE: z.string().default('codenest/runner:0.1.0'),
  /** Class of the Ingress; without one the platform is reached through the API server. */
  CODENEST_TEST_INGRESS_CLASS: z.string().optional(),
  /** Of the page; workspaces are its subdomains. It need not resolve. */
  CODENEST_TEST_DOMAIN: z.string().default('localhost'),
  /** `host:port` at which the ingress controller answers plain HTTP. */
  CODENEST_TEST_INGRESS_ADDRESS: z.string().optional(),
  /** How workspaces are reached, as CODENEST_ROUTING says it. */
  CODENEST_TEST_ROUTING: z.string().default('gateway'),
  /** An S3 server that pods reach, a bucket in it, and its keys: without them the platform is one pod that keeps nothing. */
  CODENEST_TEST_S3_ENDPOINT: z.url().optional(),
  CODENEST_TEST_S3_BUCKET: z.string().default('codenest'),
  AWS_ACCESS_KEY_ID: z.string().default(''),
  AWS_SECRET_ACCESS_KEY: z.string().default(''),
})

export interface ClusterEnvironment {
  kubeconfig: string
  platformImage: string
  runnerImage: string
  domain: string
  ingress: { className: string; address: string } | null
  routing: string
  s3: { endpoint: string; bucket: string; accessKeyId: string; secretAccessKey: string } | null
}

/** Throws with the names of the variables that are wrong. */
export function readClusterEnvironment(env: NodeJS.ProcessEnv): ClusterEnvironment {
  const parsed = Environment.safeParse(env)
  if (!parsed.success)
    throw new Error(`npm run test:cluster needs more to know:\n${z.prettifyError(parsed.error)}`)
  const { data } = parsed
  const className = data.CODENEST_TEST_INGRESS_CLASS
  const address = data.CODENEST_TEST_INGRESS_ADDRESS ?? `${data.CODENEST_TEST_DOMAIN}:80`
  return {
    kubeconfig: data.KUBECONFIG,
    platformImage: data.CODENEST_TEST_PLATFORM_IMAGE,
    runnerImage: data.CODENEST_TEST_RUNNER_IMAGE,
    domain: data.CODENEST_TEST_DOMAIN,
    ingress: className === undefined ? null : { className, address },
    routing: data.CODENEST_TEST_ROUTING,
    s3: data.CODENEST_TEST_S3_ENDPOINT === undefined ? null : toS3(data, data.CODENEST_TEST_S3_ENDPOINT),
  }
}

function toS3(data: z.infer<typeof Environment>, endpoint: string): NonNullable<ClusterEnvironment['s3']> {
  return {
    endpoint,
    bucket: data.CODENEST_TEST_S3_BUCKET,
    accessKeyId: data.AWS_ACCESS_KEY_ID,
    secretAccessKey: data.AWS_SECRET_ACCESS_KEY,
  }
}
