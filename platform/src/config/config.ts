import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import type { S3Options } from '../store/s3-options.ts'
import type { KubernetesSettings } from '../engines/kubernetes/settings.ts'
import type { Env } from './env.ts'
import { toGitHub } from './github.ts'
import type { GitHubConfig } from './github.ts'
import { toKubernetes } from './kubernetes.ts'
import { ConfigError, read } from './read.ts'

export { ConfigError } from './read.ts'

export interface Config {
  /** TCP port; 0 picks a free one. */
  port: number
  host: string
  /** Host name of the page; workspaces and previews are its subdomains. */
  domain: string
  /** Absolute. Everything that is kept on this machine lies below it. */
  dataDir: string
  /** The signing key; made where there is none. Replicas share it. */
  keysFile: string
  /** Holds the key that secrets in the store are encrypted with. */
  secretsKeyFile: string
  store: { kind: 'disk' } | ({ kind: 's3' } & S3Options)
  /** `host` or `host:port`, from which repositories may be opened over http or at private addresses. */
  allowedRepositoryHosts: string[]
  /** Days for which every save is kept. */
  keepSavesDays: number
  /** Refuses to start where workspaces cannot be kept apart from the machine and each other. */
  requireIsolation: boolean
  /** Keeps one runner started that is nobody's yet: the next start is faster, and this machine has less memory. */
  spareRunner: boolean
  /** Addresses or networks of proxies in front, whose `X-Forwarded-*` headers are believed. */
  trustedProxies: string[]
  logLevel: string
  /** GitHub as the code host; null when nobody has registered an OAuth app. */
  github: GitHubConfig | null
  /** Where browsers reach the platform, when that is not where it listens: behind a proxy that has the certificate. */
  publicOrigin: string | null
  engine:
    | { kind: 'local' }
    | ({ kind: 'kubernetes'; internalUrl: string; podIp: string } & KubernetesSettings)
}

/** Where browsers reach a platform that listens on this port. */
export function originOf({ publicOrigin, domain }: Config, port: number): string {
  return publicOrigin ?? `http://${domain}${port === 80 ? '' : `:${port}`}`
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/
/** Unix sockets have at most 107 bytes of path; below the data directory a runner's takes this many. */
const SOCKET_PATH_BYTES = 64

/** Turns the environment into a configuration. Pure; throws a `ConfigError`. */
export function toConfig(env: Env): Config {
  const dataDir = resolve(env.dataDir ?? join(homedir(), '.codenest'))
  if (Buffer.byteLength(dataDir) + SOCKET_PATH_BYTES > 107)
    throw new ConfigError(
      `CODENEST_DATA_DIR is too long (${Buffer.byteLength(dataDir)} bytes, at most ${107 - SOCKET_PATH_BYTES}): sockets below it need short paths.`,
    )
  if (env.dataDir !== undefined && !isAbsolute(env.dataDir))
    throw new ConfigError(`CODENEST_DATA_DIR must be an absolute path, not "${env.dataDir}".`)
  const domain = read(
    'CODENEST_DOMAIN',
    env.domain ?? 'localhost',
    z.string().regex(HOST_NAME),
    'a lower-case host name',
  )
  return {
    port: read('CODENEST_PORT', env.port ?? '4000', Port, 'a whole number from 0 to 65535'),
    host: read('CODENEST_HOST', env.host ?? '127.0.0.1', Host, 'an IP address or a host name'),
    domain,
    dataDir,
    keysFile: env.keysFile ?? join(dataDir, 'signing-key.json'),
    secretsKeyFile: env.secretsKeyFile ?? join(dataDir, 'secrets-key.txt'),
    store: toStore(env),
    allowedRepositoryHosts: readList(
      'CODENEST_ALLOWED_REPOSITORY_HOSTS',
      env.allowedRepositoryHosts,
      AllowedHost,
      'hosts like 127.0.0.1 or git.example.com:8080, separated by commas',
    ),
    trustedProxies: readList(
      'CODENEST_TRUSTED_PROXIES',
      env.trustedProxies,
      Proxy,
      'addresses or networks like 10.0.0.0/8, separated by commas',
    ),
    keepSavesDays: read(
      'CODENEST_KEEP_SAVES_DAYS',
      env.keepSavesDays ?? '30',
      Days,
      'a whole number of days from 1 to 36500',
    ),
    requireIsolation: read(
      'CODENEST_REQUIRE_ISOLATION',
      env.requireIsolation ?? 'false',
      Flag,
      '"true" or "false"',
    ),
    spareRunner: read('CODENEST_SPARE_RUNNER', env.spareRunner ?? 'true', Flag, '"true" or "false"'),
    logLevel: read(
      'CODENEST_LOG_LEVEL',
      env.logLevel ?? 'warn',
      z.enum(LEVELS),
      `one of ${LEVELS.join(', ')}`,
    ),
    publicOrigin: env.publicOrigin === undefined ? null : toOrigin(env.publicOrigin, domain),
    github: toGitHub(env),
    engine: toEngine(env, domain),
  }
}

function toEngine(env: Env, domain: string): Config['engine'] {
  const kinds = z.enum(['local', 'kubernetes'])
  const kind = read('CODENEST_ENGINE', env.engine ?? 'local', kinds, '"local" or "kubernetes"')
  return kind === 'local' ? { kind } : { kind, ...toKubernetes(env, domain) }
}

/** Cookies and hosts of workspaces belong to the domain, so the origin has to, too. */
function toOrigin(text: string, domain: string): string {
  const isOurs = (url: string): boolean => new URL(url).hostname === domain && new URL(url).origin === url
  const Origin = z.url({ protocol: /^https?$/ }).refine(isOurs)
  return read('CODENEST_PUBLIC_ORIGIN', text, Origin, `an origin like https://${domain}, of CODENEST_DOMAIN`)
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65535))
const Days = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().min(1).max(36_500))
const Host = z.union([z.ipv4(), z.ipv6(), z.string().regex(HOST_NAME)])
const AllowedHost = z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?$/)
const Proxy = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
const Flag = z.enum(['true', 'false']).transform((flag) => flag === 'true')

function toStore(env: Env): Config['store'] {
  const kind = read('CODENEST_STORE', env.store ?? 'disk', z.enum(['disk', 's3']), '"disk" or "s3"')
  if (kind === 'disk') {
    if (env.s3Bucket !== undefined)
      throw new ConfigError(
        'CODENEST_S3_BUCKET is set but CODENEST_STORE is not "s3". Set CODENEST_STORE=s3 or remove it.',
      )
    return { kind }
  }
  if (env.s3Bucket === undefined)
    throw new ConfigError('CODENEST_STORE is "s3", so CODENEST_S3_BUCKET must name the bucket.')
  const prefix = env.s3Prefix ?? ''
  return {
    kind,
    bucket: env.s3Bucket,
    region: env.s3Region ?? 'us-east-1',
    endpoint:
      env.s3Endpoint === undefined ? null : read('CODENEST_S3_ENDPOINT', env.s3Endpoint, z.url(), 'a URL'),
    pathStyle: read(
      'CODENEST_S3_PATH_STYLE',
      env.s3PathStyle ?? String(env.s3Endpoint !== undefined),
      Flag,
      '"true" or "false"',
    ),
    prefix: read(
      'CODENEST_S3_PREFIX',
      prefix,
      z.string().regex(/^([A-Za-z0-9._-]+\/)*$/),
      '"" or a prefix that ends in "/"',
    ),
    credentials: null,
  }
}

function readList<T>(name: string, value: string | undefined, schema: z.ZodType<T>, allowed: string): T[] {
  const items = (value ?? '').split(',').map((item) => item.trim())
  return items.filter((item) => item !== '').map((item) => read(name, item, schema, allowed))
}
