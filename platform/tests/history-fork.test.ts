import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HistoryEntry, Workspace } from '../src/protocol.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { startUpstream } from './support/upstream.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform({ bare: true })
})
afterAll(async () => platform?.[Symbol.asyncDispose]())

const workOf = (id: string): string => join(platform.dataDir, 'run', id, 'work')

async function createWorkspace(source: unknown): Promise<string> {
  const { status, body } = await platform.api('POST', '/workspaces', { source })
  expect([status, body['detail']]).toEqual([201, undefined])
  const id = String(body['id'])
  await platform.until(id, 'running')
  ;(await openPage(platform, id))[Symbol.dispose]()
  return id
}

async function history(id: string): Promise<HistoryEntry[]> {
  const { body } = await platform.api('GET', `/workspaces/${id}/history?limit=100`)
  return body['entries'] as HistoryEntry[]
}

describe('a fork of a workspace', () => {
  it('opens exactly as its parent was in a save: files, HEAD, what is staged; and goes its own way', async () => {
    const parent = await createWorkspace({ template: 'static-site' })
    const work = workOf(parent)
    using page = await openPage(platform, parent)
    await page.save('note.txt', 'committed\n')
    await stockGit(work, 'checkout', '-qb', 'feature')
    await stockGit(work, 'add', '.')
    await stockGit(work, 'commit', '-qm', 'Mine')
    await writeFile(join(work, 'staged.txt'), 'staged\n')
    await stockGit(work, 'add', 'staged.txt')
    await writeFile(join(work, 'staged.txt'), 'changed\n')
    await writeFile(join(work, 'run.sh'), 'echo\n')
    await chmod(join(work, 'run.sh'), 0o755)
    await page.save('note.txt', 'then\n')
    await platform.api('POST', `/workspaces/${parent}/stop`)
    await platform.until(parent, 'stopped')
    const [then] = await history(parent)
    await platform.api('POST', `/workspaces/${parent}/start`)
    await platform.until(parent, 'running')
    {
      using page = await openPage(platform, parent)
      const standing = await Promise.all([
        stockGit(work, 'status', '--porcelain=v2', '--branch'),
        stockGit(work, 'ls-files', '-s'),
      ])
      await page.save('note.txt', 'later\n')
      await stockGit(work, 'commit', '-qm', 'Later')
      await page.save('note.txt', 'latest\n')

      const id = await createWorkspace({ workspace: parent, commit: then!.id })
      const there = workOf(id)
      expect(await readFile(join(there, 'note.txt'), 'utf8')).toBe('then\n')
      expect((await stat(join(there, 'run.sh'))).mode & 0o111).not.toBe(0)
      expect(
        await Promise.all([
          stockGit(there, 'status', '--porcelain=v2', '--branch'),
          stockGit(there, 'ls-files', '-s'),
        ]),
      ).toEqual(standing)
      expect(await stockGit(there, 'log', '--format=%s')).not.toContain('Later')
      const entries = await history(id)
      expect(entries.map(({ id }) => id)).toContain(then!.id)
      using own = await openPage(platform, id)
      await own.save('note.txt', 'mine\n')
      expect(await readFile(join(work, 'note.txt'), 'utf8')).toBe('latest\n')
      const { body } = await platform.api('GET', `/workspaces/${id}/sessions`)
      expect(body).toMatchObject({ sessions: [{ stray: false }, { stray: false }] })
      const shown = await platform.workspace(id)
      expect(shown.source).toMatchObject({
        workspace: parent,
        commit: then!.id,
        origin: { template: 'static-site' },
      })
      const original = await platform.workspace(parent)
      expect([shown.run, shown.ports]).toEqual([original.run, original.ports])

      // A fork of a fork goes back to the same origin, and stays when its parents are gone.
      const [newest] = await history(id)
      const second = await createWorkspace({ workspace: id, commit: newest!.id })
      expect((await platform.workspace(second)).source).toMatchObject({
        workspace: id,
        origin: { template: 'static-site' },
      })
      await platform.api('DELETE', `/workspaces/${id}`)
      expect((await platform.api('POST', `/workspaces/${second}/stop`)).status).toBe(202)
      await platform.until(second, 'stopped')
      await platform.api('POST', `/workspaces/${second}/start`)
      await platform.until(second, 'running')
    }
  })

  it('opens at a plain commit, and fetches from where its parent came from', async () => {
    await using upstream = await startUpstream()
    const parent = await createWorkspace({ repository: upstream.url })
    const work = workOf(parent)
    const base = await stockGit(work, 'rev-parse', 'HEAD')
    await writeFile(join(work, 'more.txt'), 'x')
    await stockGit(work, 'add', '.')
    await stockGit(work, 'commit', '-qm', 'More')
    using page = await openPage(platform, parent)
    await page.save('y.txt', 'y')
    const id = await createWorkspace({ workspace: parent, commit: base })
    expect(await stockGit(workOf(id), 'rev-parse', 'HEAD')).toBe(base)
    expect(await stockGit(workOf(id), 'status', '--porcelain')).toBe('')
    expect(await stockGit(workOf(id), 'remote', 'get-url', 'origin')).toBe(
      await stockGit(work, 'remote', 'get-url', 'origin'),
    )
  })

  it('is refused where there is no such commit, or no such workspace', async () => {
    const parent = await createWorkspace({ template: 'static-site' })
    const refused = async (source: unknown): Promise<unknown[]> => {
      const { status, body } = await platform.api('POST', '/workspaces', { source })
      return [status, body['code']]
    }
    const commit = '1'.repeat(40)
    expect(await refused({ workspace: parent, commit })).toEqual([422, 'fork_parent_gone'])
    expect(await refused({ workspace: 'nobodys', commit })).toEqual([404, 'workspace_not_found'])
    expect(await refused({ workspace: 'fleet', commit })).toEqual([404, 'workspace_not_found'])
    expect(await refused({ workspace: parent, commit: 'HEAD' })).toEqual([400, 'invalid_body'])
  })

  it('is declared by a push to the fleet too, with the origin of its parent and with no other', async () => {
    const parent = await createWorkspace({ template: 'static-site' })
    const commit = (await history(parent)).find(({ kind }) => kind === 'commit')!.id
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
    const fleet = join(folder.path, 'fleet')
    const own = `workspaces/owner/${parent}.yaml`
    const declared = await readFile(join(fleet, own), 'utf8')
    const origin = /source:\n((?: {4}.*\n)+)/.exec(declared)![1]!.replaceAll(/^ {4}/gm, '      ')
    const write = async (id: string, from: string, at: string, its: string): Promise<void> => {
      const text = declared
        .replace(
          /source:\n(?: {4}.*\n)+/,
          `source:\n    workspace: ${from}\n    commit: "${at}"\n    origin:\n${its}`,
        )
        .replace(/name: .*/, `name: ${id}`)
      await writeFile(join(fleet, `workspaces/owner/${id}.yaml`), text)
    }
    const push = async (): Promise<string> => {
      await stockGit(fleet, 'add', '.')
      await stockGit(fleet, 'commit', '-qm', 'Fork')
      const result = await stockGit(fleet, 'push', '-q').then(
        () => 'taken',
        (error: unknown) => String(error),
      )
      if (result !== 'taken') await stockGit(fleet, 'reset', '-q', '--hard', 'origin/main')
      return result
    }
    await write('forked', parent, '2'.repeat(40), origin)
    expect(await push()).toContain('has no save or commit 2222')
    await write('forked', 'nobodys', commit, origin)
    expect(await push()).toContain('There is no workspace named "nobodys"')
    await write('forked', parent, commit, origin.replace('static-site', 'python'))
    expect(await push()).toContain('must be what')
    await write('forked', parent, commit, origin)
    expect(await push()).toBe('taken')
    await platform.until('forked', 'running')
    expect(await stockGit(workOf('forked'), 'rev-parse', 'HEAD')).toBe(commit)
    // What it was made from is not asked for again when its parent is gone.
    await platform.api('DELETE', `/workspaces/${parent}`)
    await stockGit(fleet, 'pull', '-q', '--rebase')
    const path = join(fleet, 'workspaces/owner/forked.yaml')
    await writeFile(path, (await readFile(path, 'utf8')).replace('running: true', 'running: false'))
    expect(await push()).toBe('taken')
    const stopped: Workspace = await platform.until('forked', 'stopped')
    expect(stopped.source).toMatchObject({ workspace: parent })
  })
})
