/** The variables that CodeNest reads; nothing else of the platform looks at `process.env` for its settings. */
export interface Env {
  port: string | undefined
  host: string | undefined
  dataDir: string | undefined
  domain: string | undefined
  logLevel: string | undefined
  allowedRepositoryHosts: string | undefined
  store: string | undefined
  s3Bucket: string | undefined
  s3Region: string | undefined
  s3Endpoint: string | undefined
  s3PathStyle: string | undefined
  s3Prefix: string | undefined
  keepSavesDays: string | undefined
  requireIsolation: string | undefined
  spareRunner: string | undefined
  trustedProxies: string | undefined
  keysFile: string | undefined
  secretsKeyFile: string | undefined
  githubUrl: string | undefined
  githubClientId: string | undefined
  githubClientSecret: string | undefined
  engine: string | undefined
  publicOrigin: string | undefined
  internalPort: string | undefined
  internalUrl: string | undefined
  kubeconfig: string | undefined
  namespace: string | undefined
  workspaceNamespace: string | undefined
  runnerImages: string | undefined
  routing: string | undefined
  runtimeClass: string | undefined
  hostUsers: string | undefined
  apply: string | undefined
  podIp: string | undefined
}

export function readEnv(env: NodeJS.ProcessEnv): Env {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name])
  return {
    port: read('CODENEST_PORT'),
    host: read('CODENEST_HOST'),
    dataDir: read('CODENEST_DATA_DIR'),
    domain: read('CODENEST_DOMAIN'),
    logLevel: read('CODENEST_LOG_LEVEL'),
    allowedRepositoryHosts: read('CODENEST_ALLOWED_REPOSITORY_HOSTS'),
    store: read('CODENEST_STORE'),
    s3Bucket: read('CODENEST_S3_BUCKET'),
    s3Region: read('CODENEST_S3_REGION'),
    s3Endpoint: read('CODENEST_S3_ENDPOINT'),
    s3PathStyle: read('CODENEST_S3_PATH_STYLE'),
    s3Prefix: read('CODENEST_S3_PREFIX'),
    keepSavesDays: read('CODENEST_KEEP_SAVES_DAYS'),
    requireIsolation: read('CODENEST_REQUIRE_ISOLATION'),
    spareRunner: read('CODENEST_SPARE_RUNNER'),
    trustedProxies: read('CODENEST_TRUSTED_PROXIES'),
    keysFile: read('CODENEST_KEYS_FILE'),
    secretsKeyFile: read('CODENEST_SECRETS_KEY_FILE'),
    githubUrl: read('CODENEST_GITHUB_URL'),
    githubClientId: read('CODENEST_GITHUB_CLIENT_ID'),
    githubClientSecret: read('CODENEST_GITHUB_CLIENT_SECRET'),
    engine: read('CODENEST_ENGINE'),
    publicOrigin: read('CODENEST_PUBLIC_ORIGIN'),
    internalPort: read('CODENEST_INTERNAL_PORT'),
    internalUrl: read('CODENEST_INTERNAL_URL'),
    kubeconfig: read('CODENEST_KUBECONFIG'),
    namespace: read('CODENEST_NAMESPACE'),
    workspaceNamespace: read('CODENEST_WORKSPACE_NAMESPACE'),
    runnerImages: read('CODENEST_RUNNER_IMAGES'),
    routing: read('CODENEST_ROUTING'),
    runtimeClass: read('CODENEST_RUNTIME_CLASS'),
    hostUsers: read('CODENEST_HOST_USERS'),
    apply: read('CODENEST_APPLY'),
    podIp: read('CODENEST_POD_IP'),
  }
}
