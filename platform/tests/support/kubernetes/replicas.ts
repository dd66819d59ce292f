import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { loadKeys } from '../../../src/access/keys.ts'
import { createTokens } from '../../../src/access/tokens.ts'
import type { Tokens } from '../../../src/access/tokens.ts'
import { S3ObjectStore } from '../../../src/store/s3-object-store.ts'
import { freePort } from '../free-port.ts'
import { ownerAt } from '../platform.ts'
import type { Owner, TestPlatform } from '../platform.ts'
import { startScriptedS3 } from '../scripted-s3.ts'
import { temporaryFolder } from '../shell.ts'
import type { Rule } from './authorization.ts'
import { startRunnerCluster } from './platform-on-kubernetes.ts'
import type { RunnerCluster } from './platform-on-kubernetes.ts'

const run = promisify(execFile)
const ADMIN = fileURLToPath(new URL('../../../src/admin.ts', import.meta.url))
const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const RBAC = fileURLToPath(new URL('../../../../manifests/platform/base/rbac.yaml', import.meta.url))
/** Leaderships pass on quickly, and not because the machine is busy. */
const LEASE = { duration: 8_000, renewDeadline: 6_000, retry: 200 }

export interface Replica {
  platform: TestPlatform
  /** Of the door for runners. */
  internal: string
}

/** Platforms over one bucket and one cluster, with one key, as the install makes them. */
export interface TestReplicas extends AsyncDisposable {
  cluster: RunnerCluster
  tokens: Tokens
  start(): Promise<Replica>
  /** As a process of its own, which can be paused, and which no runner is led to; resolves when it answers. */
  spawn(like: Owner): Promise<{ process: ChildProcess; owner: Owner }>
  /** What `npm run admin -- launch-link` prints. */
  launchLink(): Promise<string>
  /** Who leads. */
  leader(): string
}

export async function startReplicas(): Promise<TestReplicas> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const s3 = stack.use(await startScriptedS3())
  const roles = (await rolesOf(RBAC)).map(({ namespace, rules }) => ({ namespace, rules }))
  const identities = new Map([['platform', { user: 'platform', roles }]])
  const cluster = stack.use(await startRunnerCluster({ identities, retryAfter: 200 }))
  const front = stack.use(await startFront())
  const keysFile = join(folder.path, 'key.json')
  const tokens = createTokens(await loadKeys(keysFile))
  const publicOrigin = `http://localhost:${await freePort()}`
  const envOf = async (): Promise<Record<string, string>> => ({
    CODENEST_PORT: String(await freePort()),
    CODENEST_INTERNAL_PORT: String(await freePort()),
    CODENEST_INTERNAL_URL: front.url,
    CODENEST_PUBLIC_ORIGIN: publicOrigin,
    CODENEST_KEYS_FILE: keysFile,
  })
  const cleanup = stack.move()
  return {
    cluster,
    tokens,
    async start() {
      const env = await envOf()
      front.targets.push(Number(env['CODENEST_INTERNAL_PORT']))
      const store = await S3ObjectStore.open(s3.options)
      const platform = await cluster.start({ env, overrides: { store, tuning: { lease: LEASE } } })
      return { platform, internal: `http://127.0.0.1:${env['CODENEST_INTERNAL_PORT']}` }
    },
    async spawn({ origin, cookie }) {
      const env = await envOf()
      const child = spawn(process.execPath, [MAIN], {
        env: {
          PATH: process.env['PATH'],
          ...env,
          CODENEST_ENGINE: 'kubernetes',
          CODENEST_KUBECONFIG: cluster.kubernetes.kubeconfig,
          CODENEST_RUNNER_IMAGES: '{"default":"codenest/runner:test"}',
          CODENEST_DATA_DIR: join(folder.path, 'spawned'),
          CODENEST_STORE: 's3',
          CODENEST_S3_BUCKET: s3.options.bucket,
          CODENEST_S3_ENDPOINT: s3.options.endpoint ?? '',
          AWS_ACCESS_KEY_ID: 'a',
          AWS_SECRET_ACCESS_KEY: 'b',
          CODENEST_LOG_LEVEL: process.env['CODENEST_LOG_LEVEL'] ?? 'silent',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      cleanup.defer(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return
        child.kill('SIGKILL')
        await once(child, 'exit')
      })
      await once(child.stdout, 'data')
      const owner = ownerAt(`http://127.0.0.1:${env['CODENEST_PORT']}`, origin, cookie)
      return { process: child, owner }
    },
    async launchLink() {
      const env = { ...(await envOf()), CODENEST_DATA_DIR: join(folder.path, 'admin') }
      return (await run(process.execPath, [ADMIN, 'launch-link'], { env })).stdout.trim()
    },
    leader: () => {
      const lease = cluster.kubernetes.store.find('Lease', 'codenest', 'codenest-leader')
      return (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity ?? ''
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** What the install lets the platform do. */
async function rolesOf(file: string): Promise<{ namespace: string; rules: Rule[] }[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8')).map((one): unknown => one.toJS())
  return (documents as { kind: string; metadata: { namespace: string }; rules: Rule[] }[])
    .filter(({ kind }) => kind === 'Role')
    .map(({ metadata, rules }) => ({ namespace: metadata.namespace, rules }))
}

/** What a Service is to pods: one address, behind which is whoever answers. */
async function startFront(): Promise<{ url: string; targets: number[] } & AsyncDisposable> {
  const targets: number[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    keep(client).on('error', () => {})
    const attempt = ([port, ...others]: number[]): void => {
      if (port === undefined) {
        client.destroy()
        return
      }
      const upstream = keep(connect(port, '127.0.0.1'))
      upstream.once('error', () => attempt(others))
      upstream.once('connect', () => {
        upstream.removeAllListeners('error')
        upstream.on('error', () => client.destroy())
        client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
        upstream.on('close', () => client.destroy())
        client.pipe(upstream).pipe(client)
      })
    }
    attempt(targets)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
