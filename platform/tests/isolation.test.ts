import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bareMachine, examineMachine, isIsolated } from '../src/engines/sandbox/machine.ts'
import { DOOR, DOOR_PORT } from '../src/engines/sandbox/network.ts'
import { percentile } from '../bench/support/sampling.ts'
import { openBash } from './support/bash.ts'
import type { Bash } from './support/bash.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const scratch = await temporaryFolder()
afterAll(() => scratch[Symbol.asyncDispose]())
const machine = await examineMachine(join(scratch.path, 'run'))
/** Milliseconds in which the platform answers, and a save is durable, whatever a workspace does. */
const RESPONSIVE = 3_000

it('says what keeps workspaces apart, and refuses to start without where that is required', async (context) => {
  await using platform = await startPlatform({ bare: true })
  const { body } = await platform.api('GET', '/session')
  expect(body['isolation']).toEqual({ kind: 'none', missing: ['The test changes files from outside.'] })
  await using folder = await temporaryFolder()
  const bare = bareMachine(folder.path, 'This machine is bare.')
  const env = { CODENEST_REQUIRE_ISOLATION: 'true' }
  await expect(startPlatform({ env, overrides: { machine: bare } })).rejects.toThrow(
    /CODENEST_REQUIRE_ISOLATION is set.*This machine is bare/,
  )
  if (!isIsolated(machine)) context.skip(machine.isolation.missing.join(' '))
  await using isolated = await startPlatform({ env })
  const session = await isolated.api('GET', '/session')
  expect(session.body['isolation']).toMatchObject({ kind: 'sandbox' })
})

it.skipIf(!isIsolated(machine))(
  'leaves no process behind when it ends, where no group holds it either',
  async () => {
    await using folder = await temporaryFolder()
    const before = await processesOf('pasta')
    // A sandbox is made and ends.
    const { sandbox } = await examineMachine(join(folder.path, 'run'))
    expect(sandbox?.ownNetwork).toBe(true)
    await expect
      .poll(async () => (await processesOf('pasta')).filter((pid) => !before.includes(pid)))
      .toEqual([])
  },
)

describe.skipIf(!isIsolated(machine))('a workspace in its sandbox', () => {
  let platform: TestPlatform
  let id: string
  let page: TestPage
  let bash: Bash

  const open = async (workspace: string): Promise<{ id: string; page: TestPage; bash: Bash }> => {
    await platform.until(workspace, 'running')
    const opened = await openPage(platform, workspace)
    return { id: workspace, page: opened, bash: await openBash(opened) }
  }
  const start = async (name: string): Promise<{ id: string; page: TestPage; bash: Bash }> => {
    const source = { template: 'static-site' }
    const created = await platform.api('POST', '/workspaces', { name, source })
    return open(created.body['id'] as string)
  }

  beforeAll(async () => {
    platform = await startPlatform()
    // One processor: other tests want to go on, too.
    await declare(platform, 'guarded', { cpu: '1', memory: '512Mi' })
    ;({ id, page, bash } = await open('guarded'))
  })
  afterAll(async () => {
    page?.[Symbol.dispose]()
    await platform?.[Symbol.asyncDispose]()
  })

  it('is nobody, and can become nobody else', async () => {
    expect(await bash.run('id -u; id -un; hostname')).toBe('1000\nworkspace\nworkspace')
    expect(await bash.run('grep -E "^Cap(Prm|Eff|Bnd)|NoNewPrivs" /proc/self/status')).toBe(
      [
        'CapPrm:\t0000000000000000',
        'CapEff:\t0000000000000000',
        'CapBnd:\t0000000000000000',
        'NoNewPrivs:\t1',
      ].join('\n'),
    )
    expect(await bash.run('unshare --user true 2>&1')).toMatch(/unshare failed/)
    expect(await bash.run('mount -t tmpfs none /mnt 2>&1 || mount -t tmpfs none /tmp 2>&1')).toMatch(
      /denied|must be|permission/i,
    )
  })

  it('sees its own files and processes, and the system read-only', async () => {
    expect(await bash.run('ls -A /workspace')).toMatch(/^home\s+runner.sock\s+state\s+tmp\s+work$|work/)
    const hidden = [
      platform.dataDir,
      scratch.path,
      '/etc/shadow',
      '/root/.npmrc',
      '/root/.ssh',
      '/sys/fs/cgroup',
    ]
    for (const path of hidden) expect(await bash.run(`ls -d ${path} 2>&1`)).toMatch(/No such file|denied/)
    expect(
      await bash.run('touch /usr/x 2>&1; touch /etc/x 2>&1; touch /x 2>&1; echo x 2>&1 > /etc/passwd'),
    ).not.toBe('')
    expect(await bash.run('ls /usr/x /etc/x /x 2>/dev/null')).toBe('')
    const programs = await bash.run('cat /proc/[0-9]*/comm 2>/dev/null | sort -u')
    expect(programs.split('\n')).toEqual(expect.arrayContaining(['bash', 'bwrap']))
    expect(Number(await bash.run('ls -d /proc/[0-9]* 2>/dev/null | wc -l'))).toBeLessThan(20)
    expect(await bash.run('env | grep -iE "aws|secret|token|password"')).toBe('')
  })

  it('has a network of its own, in which two can listen on one port', async () => {
    const other = await start('neighbour')
    using _page = other.page
    const ports = (of: TestPage): Promise<unknown> =>
      of.event('ports.changed', (open) => open.some(({ port }) => port === 3000))
    const serve = (text: string): string =>
      `node -e "require('http').createServer((q,s)=>s.end('${text}')).listen(3000,'127.0.0.1')" & sleep 0`
    const seen = Promise.all([ports(page), ports(other.page)])
    await bash.run(serve('mine'))
    await other.bash.run(serve('theirs'))
    await seen
    expect(await bash.run('curl -s http://localhost:3000')).toBe('mine')
    expect(await other.bash.run('curl -s http://localhost:3000')).toBe('theirs')
    await bash.run('kill %1; wait')
  })

  it('reaches its platform by one door, and nothing else of this machine', async () => {
    const server = createServer((_request, response) => response.end('secret of the machine'))
    server.listen(0, '0.0.0.0')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
      const addresses = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
      for (const address of [...addresses, '169.254.169.254'])
        expect(await bash.run(`curl -s -m 3 http://${address}:${port} || echo refused`)).toBe('refused')
      const gateway = await bash.run("ip route | awk '/default/{print $3}'")
      expect(await bash.run(`curl -s -m 3 http://${gateway}:${port} || echo refused`)).not.toMatch(/secret/)
      for (const door of [`http://127.0.0.1:${DOOR_PORT}`, `--unix-socket ${DOOR} http://platform`]) {
        const ask = (path: string): string => `curl -s -o /dev/null -w '%{http_code}' ${door}${path}`
        expect(await bash.run(ask('/api/v1/session'))).toBe('404')
        expect(await bash.run(ask('/launch?token=x'))).toBe('404')
        expect(await bash.run(ask(`/git/${id}.git/info/refs?service=git-upload-pack`))).toBe('401')
      }
      expect(await bash.run(`curl -s -m 3 ${platform.address}/healthz || echo refused`)).toBe('refused')
    } finally {
      server.close()
    }
  })

  it('cannot lend its name to a socket of the machine', async () => {
    const server = createServer((_request, response) => response.end('socket of the machine'))
    const path = join(scratch.path, 'machine.sock')
    server.listen(path)
    await once(server, 'listening')
    try {
      await bash.run(`rm /workspace/runner.sock; ln -s ${path} /workspace/runner.sock`)
      using again = await openPage(platform, id)
      expect(again.hello.workspace).toBe(id)
    } finally {
      server.close()
    }
  })

  describe('that attacks', () => {
    let victim: { id: string; page: TestPage; bash: Bash }
    beforeAll(async () => {
      victim = await start('peaceful')
    })
    afterAll(() => victim?.page[Symbol.dispose]())

    /** How long the platform takes to answer, and another workspace to save and to echo, while `command` rages: ms. */
    const endure = async (command: string, until = ''): Promise<{ typical: number; after: string }> => {
      const attacker = await openBash(page)
      await attacker.type(command)
      const times: number[] = []
      for (let round = 0; round < 5; round += 1) {
        const from = performance.now()
        expect((await platform.api('GET', '/workspaces')).status).toBe(200)
        await victim.page.save('index.html', `round ${round} of ${command}`)
        expect(await victim.bash.run('echo alive')).toBe('alive')
        times.push(performance.now() - from)
      }
      if (until !== '' && page.socket.connected) expect(await attacker.run(until)).toBe('over')
      await again(() => page.request('terminals.close', { id: attacker.id }).catch(unlessClosed))
      expect((await again(() => page.save('index.html', `after ${command}`))).state).toBe('durable')
      return { typical: percentile(times, 0.5), after: await again(() => bash.run('echo well')) }
    }

    /** A runner that its own workspace keeps busy may lose its page, which then connects again. */
    const again = async <T>(act: () => Promise<T>): Promise<T> => {
      for (let left = 20; ; left -= 1)
        try {
          if (!page.socket.connected) ({ page, bash } = await open(id))
          return await act()
        } catch (error) {
          if (page.socket.connected || left === 0) throw error
        }
    }

    it('with a fork bomb', async () => {
      const { typical, after } = await endure(':(){ :|:& };:')
      expect(after).toBe('well')
      expect(typical).toBeLessThan(RESPONSIVE)
    })

    it('with a memory hog', async () => {
      const { typical, after } = await endure(
        'node -e "for (const a = [];;) a.push(Buffer.alloc(1e8, 1))"',
        'echo over',
      )
      expect(await bash.run('cat /proc/self/oom_score_adj; cat /proc/2/oom_score_adj')).toBe('500\n0')
      expect(after).toBe('well')
      expect(typical).toBeLessThan(RESPONSIVE)
    })

    it('with a reboot', async () => {
      const { typical, after } = await endure(
        '/usr/sbin/reboot -f; echo b > /proc/sysrq-trigger',
        'echo over',
      )
      expect(after).toBe('well')
      expect(typical).toBeLessThan(RESPONSIVE)
    })

    it('with a full disk', async (context) => {
      if (machine.isolation.missing.some((part) => part.startsWith('No disk quota')))
        context.skip('a disk quota')
      // Most of it is only reserved: writing ten gigabytes would take a minute.
      const fill = 'fallocate -l 9900M /tmp/a; head -c 20G /dev/zero > /tmp/b; ls -s /tmp/b; rm /tmp/a /tmp/b'
      const { typical, after } = await endure(fill, 'echo over')
      expect(after).toBe('well')
      expect(typical).toBeLessThan(RESPONSIVE)
    })
  })
})

/** What was asked for just before a connection broke may be done. */
function unlessClosed(error: unknown): void {
  if (!String(error).includes('That terminal was closed')) throw error
}

/** Declares a workspace by a push to the fleet repository. */
async function declare(platform: TestPlatform, id: string, resources: Record<string, string>): Promise<void> {
  const { body } = await platform.api('GET', '/templates')
  const templates = body['templates'] as { name: string; revision: string }[]
  const revision = templates.find(({ name }) => name === 'static-site')?.revision
  const document = {
    apiVersion: 'codenest.dev/v1',
    kind: 'Workspace',
    metadata: { name: id, owner: 'owner', createdAt: new Date().toISOString() },
    spec: { source: { template: 'static-site', revision }, running: true, resources },
  }
  await using folder = await temporaryFolder()
  await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
  const fleet = join(folder.path, 'fleet')
  await mkdir(join(fleet, 'workspaces/owner'), { recursive: true })
  // JSON is YAML.
  await writeFile(join(fleet, `workspaces/owner/${id}.yaml`), JSON.stringify(document))
  await stockGit(fleet, 'add', '.')
  await stockGit(fleet, 'commit', '-qm', `Declare ${id}`)
  await stockGit(fleet, 'push', '-q')
}

/** Of all processes that have this in it. */
async function processesOf(part: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, at) => lines[at]?.includes(part))
}
