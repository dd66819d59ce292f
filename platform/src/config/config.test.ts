import { describe, expect, it } from 'vitest'
import { ConfigError, toConfig } from './config.ts'
import { readEnv } from './env.ts'

const config = (env: Record<string, string>): ReturnType<typeof toConfig> =>
  toConfig(readEnv({ CODENEST_DATA_DIR: '/data', ...env }))

describe('toConfig', () => {
  it('has defaults for everything', () => {
    expect(config({})).toEqual({
      port: 4000,
      host: '127.0.0.1',
      domain: 'localhost',
      dataDir: '/data',
      store: { kind: 'disk' },
      allowedRepositoryHosts: [],
      keepSavesDays: 30,
      requireIsolation: false,
      spareRunner: true,
      trustedProxies: [],
      logLevel: 'warn',
      keysFile: '/data/signing-key.json',
      secretsKeyFile: '/data/secrets-key.txt',
      github: null,
      publicOrigin: null,
      engine: { kind: 'local' },
    })
  })

  it('reads what an install on a cluster says', () => {
    const images = '{"default":"registry.example.com/runner:1","node":"registry.example.com/node:1"}'
    const cluster = config({
      CODENEST_ENGINE: 'kubernetes',
      CODENEST_DOMAIN: 'codenest.example.com',
      CODENEST_PUBLIC_ORIGIN: 'https://codenest.example.com',
      CODENEST_RUNNER_IMAGES: images,
    })
    expect(cluster).toMatchObject({
      publicOrigin: 'https://codenest.example.com',
      engine: {
        kind: 'kubernetes',
        kubeconfig: 'in-cluster',
        namespace: 'codenest-workspaces',
        internalUrl: 'http://platform.codenest.svc:4001',
        images: JSON.parse(images) as object,
        routing: { kind: 'gateway' },
        hostUsers: true,
        applies: true,
      },
    })
  })

  it.each([
    ['CODENEST_RUNNER_IMAGES', '{"node":"x"}', /JSON like/],
    ['CODENEST_RUNNER_IMAGES', 'x', /JSON like/],
    ['CODENEST_PUBLIC_ORIGIN', 'https://other.example.com', /of CODENEST_DOMAIN/],
    ['CODENEST_ROUTING', 'ingress', /"gateway", or JSON/],
    ['CODENEST_APPLY', 'no', /"true" or "false"/],
  ])('refuses %s=%s on a cluster', (name, value, reason) => {
    const env = { CODENEST_ENGINE: 'kubernetes', CODENEST_RUNNER_IMAGES: '{"default":"x:1"}', [name]: value }
    expect(() => config(env)).toThrow(reason)
  })

  it.each([
    ['CODENEST_PORT', 'eighty'],
    ['CODENEST_PORT', '65536'],
    ['CODENEST_PORT', '-1'],
    ['CODENEST_HOST', 'not a host'],
    ['CODENEST_DOMAIN', 'https://x'],
    ['CODENEST_DATA_DIR', 'relative/folder'],
    ['CODENEST_STORE', 'nfs'],
    ['CODENEST_LOG_LEVEL', 'loud'],
    ['CODENEST_KEEP_SAVES_DAYS', '0'],
    ['CODENEST_KEEP_SAVES_DAYS', '1.5'],
    ['CODENEST_REQUIRE_ISOLATION', 'yes'],
    ['CODENEST_SPARE_RUNNER', '1'],
    ['CODENEST_TRUSTED_PROXIES', '10.0.0.0/40'],
    ['CODENEST_TRUSTED_PROXIES', 'proxy'],
    ['CODENEST_ALLOWED_REPOSITORY_HOSTS', 'http://x/'],
  ])('refuses %s=%s by its name', (name, value) => {
    expect(() => config({ [name]: value })).toThrow(ConfigError)
    expect(() => config({ [name]: value })).toThrow(new RegExp(`^${name}`))
  })

  it('wants a bucket for S3, and S3 for a bucket', () => {
    expect(() => config({ CODENEST_STORE: 's3' })).toThrow(/CODENEST_S3_BUCKET/)
    expect(() => config({ CODENEST_S3_BUCKET: 'b' })).toThrow(/CODENEST_STORE/)
    const { store } = config({
      CODENEST_STORE: 's3',
      CODENEST_S3_BUCKET: 'b',
      CODENEST_S3_ENDPOINT: 'http://127.0.0.1:9000',
    })
    expect(store).toMatchObject({ kind: 's3', bucket: 'b', pathStyle: true, region: 'us-east-1' })
  })
})
