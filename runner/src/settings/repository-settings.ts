import { createHash } from 'node:crypto'

import { readCodenestYaml, SETTINGS_FILE } from './codenest-yaml.ts'
import { readDevcontainer } from './devcontainer.ts'
import { FieldReader } from './fields.ts'
import { stackOfImage } from './images.ts'
import type { RepositorySettings } from './protocol.ts'
import { broken, readJsonWithComments, readYaml } from './settings-file.ts'

export { SETTINGS_FILE } from './codenest-yaml.ts'
export { stackOfImage } from './images.ts'
export type { RepositorySettings } from './protocol.ts'

const FOLDER = '.devcontainer'
/** The first that is there is read, as its specification says. */
const PLACES = [`${FOLDER}/devcontainer.json`, '.devcontainer.json']
/** Folders of further dev containers that are looked at. */
const MOST_FOLDERS = 20

/** Where the files of a repository are read from: a work tree, or a commit. */
export interface SettingsSource {
  /** Text of a file; null when there is none, false when it is something else than a file of modest size. */
  read: (path: string) => Promise<string | null | false>
  /** Names in a folder; none when there is no such folder. */
  list: (folder: string) => Promise<string[]>
}

/** What a repository says about itself: `.codenest.yaml` first, then its dev container. Broken files are problems. */
export async function readRepositorySettings(source: SettingsSource): Promise<RepositorySettings> {
  const settings: RepositorySettings = {
    files: [],
    run: null,
    ports: [],
    stack: null,
    image: null,
    imageStack: null,
    steps: [],
    environment: [],
    notSupported: [],
    problems: [],
  }
  const own = await source.read(SETTINGS_FILE)
  if (own !== null) {
    settings.files.push(SETTINGS_FILE)
    const file = own === false ? unreadable(SETTINGS_FILE) : await readYaml(SETTINGS_FILE, own)
    readCodenestYaml(new FieldReader(file, settings), settings)
  }
  const { found, others } = await findDevcontainer(source)
  if (found) {
    settings.files.push(found.path)
    const file =
      found.text === false ? unreadable(found.path) : await readJsonWithComments(found.path, found.text)
    readDevcontainer(new FieldReader(file, settings), settings)
    for (const path of others)
      settings.notSupported.push({
        key: path,
        from: found.path,
        why: `One dev container is read: ${found.path}.`,
      })
  }
  settings.imageStack = settings.image === null ? null : stackOfImage(settings.image)
  settings.steps.sort((a, b) => a.when.localeCompare(b.when))
  return settings
}

/** Whether there is something in them that needs their owner's trust. */
export function needsTrust({ run, steps, environment }: RepositorySettings): boolean {
  return run !== null || steps.length > 0 || environment.length > 0
}

/** Names exactly what would run, and with which variables; hexadecimal. What changes nothing of that changes not this. */
export function digestOf({ run, steps, environment }: RepositorySettings): string {
  const variables = environment.map(({ name, value }) => [name, value])
  const commands = steps.map(({ when, commands: all }) => [when, all.map(({ command }) => command)])
  return createHash('sha256')
    .update(JSON.stringify([run?.command, commands, variables]))
    .digest('hex')
}

async function findDevcontainer(
  source: SettingsSource,
): Promise<{ found: { path: string; text: string | false } | null; others: string[] }> {
  const folders = (await source.list(FOLDER)).sort().slice(0, MOST_FOLDERS)
  const places = [...PLACES, ...folders.map((name) => `${FOLDER}/${name}/devcontainer.json`)]
  let found: { path: string; text: string | false } | null = null
  const others: string[] = []
  for (const path of places) {
    const text = await source.read(path)
    if (text === null) continue
    if (found) others.push(path)
    else found = { path, text }
  }
  return { found, others }
}

function unreadable(file: string): ReturnType<typeof broken> {
  return broken(file, null, 'It is not read: it must be a file of at most 64 KiB.')
}
