import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Workspace } from '../src/protocol.ts'
import { openBash } from './support/bash.ts'
import { startRunnerCluster, WORKSPACES } from './support/kubernetes/platform-on-kubernetes.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const COUNT = 12

it('keeps what terminals wrote in the moment before all workspaces were stopped at once', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const cluster = stack.use(await startRunnerCluster())
  const platform = stack.use(await cluster.start())
  const ids = await Promise.all(Array.from({ length: COUNT }, (_, n) => create(platform, `storm-${n}`)))
  await Promise.all(ids.map((id) => platform.until(id, 'running')))
  const pages: TestPage[] = []
  for (const id of ids) pages.push(stack.use(await openPage(platform, id)))
  const terminals = await Promise.all(pages.map((page) => openBash(page)))

  await Promise.all(terminals.map((bash, n) => bash.run(`echo "last words of $((${n}))" > last.txt`)))
  await Promise.all(ids.map((id) => platform.api('POST', `/workspaces/${id}/stop`)))
  await Promise.all(ids.map((id) => platform.until(id, 'stopped')))

  for (const [n, id] of ids.entries())
    expect(await lastSave(platform, folder.path, id)).toBe(`last words of ${n}\n`)
  for (const kind of ['Deployment', 'ReplicaSet', 'Pod', 'Service', 'NetworkPolicy'])
    expect(cluster.kubernetes.store.all(kind, WORKSPACES)).toEqual([])
}, 120_000)

async function create(platform: TestPlatform, name: string): Promise<string> {
  const answer = await platform.api('POST', '/workspaces', { name, source: { template: 'static-site' } })
  expect(answer).toMatchObject({ status: 201 })
  return (answer.body as unknown as Workspace).id
}

/** The file as the workspace's newest save has it, by a stock git that knows only the remote. */
async function lastSave(platform: TestPlatform, folder: string, id: string): Promise<string> {
  const clone = join(folder, id)
  await stockGit(folder, 'init', '-q', clone)
  const url = await platform.gitUrl(id)
  await stockGit(clone, 'fetch', '-q', url, 'refs/codenest/saves/*:refs/saves/*')
  const [newest = ''] = (
    await stockGit(clone, 'for-each-ref', '--sort=-refname', '--format=%(refname)', 'refs/saves')
  ).split('\n')
  await stockGit(clone, 'checkout', '-q', newest)
  return readFile(join(clone, 'last.txt'), 'utf8')
}
