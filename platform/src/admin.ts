import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadKeys } from './access/keys.ts'
import { launchUrl, mintLaunchToken } from './access/launch-link.ts'
import { createTokens } from './access/tokens.ts'
import { ConfigError, originOf, toConfig } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { fsck } from './git/fsck.ts'
import { sweep } from './git/garbage.ts'
import { Remotes } from './git/remotes.ts'
import { repair } from './git/repair.ts'
import { openObjectStore } from './store/open-object-store.ts'
import { ObjectStoreError } from './store/object-store.ts'

const USAGE = `Usage: npm run admin -- <command>

  list                     the repositories of the store
  fsck <repository>        looks at every pack, object and ref; changes nothing
  repair <repository>      says what it would mend; with --apply it does
  sweep                    says which garbage it would delete; with --apply it does
  launch-link              a link that signs one browser in, also while CodeNest runs

The store is the one that CODENEST_STORE and CODENEST_DATA_DIR name.
`

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Resolves to the exit code: 0 all is well, 1 something was found, 2 the command is not one. */
async function main([command, ...rest]: string[]): Promise<number> {
  const apply = rest.includes('--apply')
  const id = rest.find((argument) => !argument.startsWith('--'))
  const needsId = command === 'fsck' || command === 'repair'
  if (
    !['list', 'fsck', 'repair', 'sweep', 'launch-link'].includes(command ?? '') ||
    (needsId && id === undefined)
  ) {
    say(USAGE)
    return 2
  }
  const config = toConfig(readEnv(process.env))
  if (command === 'launch-link') {
    const token = await mintLaunchToken(createTokens(await loadKeys(config.keysFile)))
    say(launchUrl(originOf(config, config.port), token))
    return 0
  }
  await using stack = new AsyncDisposableStack()
  // Compare-and-swap on disk is exact within one process only.
  if (config.store.kind === 'disk') stack.use(await lockDataDir(config.dataDir))
  const store = stack.use(await openObjectStore(config))
  const folder = await mkdtemp(join(tmpdir(), 'codenest-admin-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const remotes = stack.use(await Remotes.open(store, folder))
  if (command === 'list') {
    for (const name of (await remotes.list()).sort()) say(name)
    return 0
  }
  if (command === 'sweep') {
    const { keys, bytes } = await sweep(remotes, !apply)
    for (const key of keys) say(key)
    say(`${apply ? 'Deleted' : 'Would delete'} ${keys.length} objects, ${bytes} bytes.`)
    return 0
  }
  if (command === 'fsck') {
    const findings = await fsck(remotes, id ?? '')
    for (const { text } of findings) say(text)
    say(
      findings.length === 0
        ? `${id} is whole.`
        : `${findings.length} found. "npm run admin -- repair ${id}" says what can be done.`,
    )
    return findings.length === 0 ? 0 : 1
  }
  const repairs = await repair(remotes, id ?? '', !apply)
  for (const { text } of repairs) say(text)
  if (repairs.length === 0) say(`There is nothing to repair in ${id}.`)
  else say(apply ? 'Done. Run fsck to see that it is whole.' : 'Nothing was changed. Add --apply to do it.')
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.exitCode = 1
  const known = error instanceof ConfigError || error instanceof ObjectStoreError
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
}
