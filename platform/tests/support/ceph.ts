import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { S3Options } from '../../src/store/s3-options.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder } from './shell.ts'

const run = promisify(execFile)
const KEY = 'codenest'
const SECRET = 'codenest-secret'

/** A real S3 server of its own for one test file: Ceph's gateway with one monitor and one OSD in memory. */
export interface CephServer extends AsyncDisposable {
  options: S3Options
}

export async function startCeph(): Promise<CephServer> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const base = folder.path
  const [monitorPort, gatewayPort] = [await freePort(), await freePort()]
  const fsid = crypto.randomUUID()
  await Promise.all(['mon', 'osd0', 'run', 'log', 'rgw'].map((name) => mkdir(join(base, name))))
  const conf = join(base, 'ceph.conf')
  await writeFile(join(base, 'keyring'), '')
  await writeFile(conf, configuration(base, fsid, monitorPort, gatewayPort))
  const ceph = (program: string, ...args: string[]): Promise<unknown> =>
    run(program, ['-c', conf, ...args], { timeout: 120_000 })
  stack.defer(() => stopAll(join(base, 'run')))
  const monmap = join(base, 'monmap')
  await run('monmaptool', [
    '--create',
    '--addv',
    'a',
    `[v2:127.0.0.1:${monitorPort}]`,
    '--fsid',
    fsid,
    monmap,
  ])
  await ceph('ceph-mon', '-i', 'a', '--mkfs', '--monmap', monmap, '--keyring', '/dev/null')
  await ceph('ceph-mon', '-i', 'a')
  const uuid = crypto.randomUUID()
  await ceph('ceph', 'osd', 'new', uuid)
  await ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', uuid)
  await ceph('ceph-osd', '-i', '0')
  await ceph('radosgw', '-n', 'client.rgw')
  await ceph(
    'radosgw-admin',
    'user',
    'create',
    '--uid=codenest',
    '--display-name=CodeNest',
    `--access-key=${KEY}`,
    `--secret-key=${SECRET}`,
  )
  const options: S3Options = {
    bucket: 'codenest',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${gatewayPort}`,
    pathStyle: true,
    prefix: '',
    credentials: { accessKeyId: KEY, secretAccessKey: SECRET },
  }
  await createBucket(options)
  const cleanup = stack.move()
  return { options, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

async function createBucket({ bucket, region, endpoint, credentials }: S3Options): Promise<void> {
  const client = new S3Client({
    region,
    endpoint: endpoint ?? undefined,
    credentials: credentials ?? undefined,
    forcePathStyle: true,
    maxAttempts: 10,
  })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
}

async function stopAll(folder: string): Promise<void> {
  for (const name of ['client.rgw', 'osd.0', 'mon.a']) {
    const pid = Number(await readFile(join(folder, `${name}.pid`), 'utf8').catch(() => '0'))
    if (pid > 0) process.kill(pid, 'SIGKILL')
  }
}

/** No authentication inside the cluster: without `crc` modes its gateway would wait five minutes for one. */
function configuration(base: string, fsid: string, monitorPort: number, gatewayPort: number): string {
  return `[global]
fsid = ${fsid}
mon_host = [v2:127.0.0.1:${monitorPort}]
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = ${base}/keyring
run_dir = ${base}/run
admin_socket = ${base}/run/$name.asok
pid_file = ${base}/run/$name.pid
log_file = ${base}/log/$name.log
crash_dir = ${base}/crash
ms_bind_ipv6 = false
ms_mon_client_mode = crc
ms_cluster_mode = crc
ms_service_mode = crc
ms_client_mode = crc
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
[mon.a]
mon_data = ${base}/mon
[osd]
osd_data = ${base}/osd$id
osd_objectstore = memstore
memstore_device_bytes = 1073741824
[client]
rgw_frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw_data = ${base}/rgw
rgw_dns_name = localhost
`
}
