import { readRepositorySettings } from '@codenest/runner/repository-settings'
import { z } from 'zod'
import type { Origin } from '../fleet/document.ts'
import { listFoldersAt, readFileAt } from '../git/read-files.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Catalogue } from '../templates/catalogue.ts'
import { parseJson } from '../parse-json.ts'

/** How the workspace's app is run. */
export interface LaunchSettings {
  /** Shell command of the Run button; null when none is declared or detected. */
  run: string | null
  ports: number[]
  /** Tools that it needs; `default` when nobody knows. */
  stack: string
}

/** Of a file that says how a repository is run; a larger one is not read. */
const MOST_BYTES = 128 * 1024
/** Files that say which tools a repository needs. */
const STACKS: [file: string, stack: string][] = [
  ['package.json', 'node'],
  ['pyproject.toml', 'python'],
  ['requirements.txt', 'python'],
  ['go.mod', 'go'],
  ['Cargo.toml', 'rust'],
  ['pom.xml', 'java'],
  ['build.gradle', 'java'],
  ['build.gradle.kts', 'java'],
  ['CMakeLists.txt', 'cpp'],
]
const PackageJson = z.object({ scripts: z.record(z.string(), z.string()).optional() })
const DEFAULT_PORTS = [3000]

/**
 * The template's settings, or for an opened repository those of its `.codenest.yaml` and dev container, or what its files suggest.
 * Read from the remote, so that they are known while the workspace is stopped; null while there is no remote yet.
 */
export async function readLaunchSettings(
  id: string,
  source: Origin,
  catalogue: Catalogue,
  remotes: Remotes,
): Promise<LaunchSettings | null> {
  if ('template' in source) return catalogue.launch(source.template, source.revision, source.parameters)
  const repository = remotes.repository(id)
  const version = await repository.head()
  if (!version) return null
  const tip = version.head.refs[version.head.head]
  if (tip === undefined) return { run: null, ports: DEFAULT_PORTS, stack: 'default' }
  return detect(repository.objects(version), tip)
}

async function detect(objects: ObjectReader, commit: string): Promise<LaunchSettings> {
  const declared = await readRepositorySettings({
    async read(path) {
      const file = await readFileAt(objects, commit, path)
      return file && (file.length > MOST_BYTES ? false : file.toString())
    },
    list: (folder) => listFoldersAt(objects, commit, folder),
  })
  const run = declared.run?.command ?? (await detectRun(objects, commit))
  const stack = declared.stack ?? declared.imageStack ?? (await detectStack(objects, commit))
  const ports = declared.ports.map(({ port }) => port)
  return { run, ports: ports.length > 0 ? ports : DEFAULT_PORTS, stack }
}

async function detectRun(objects: ObjectReader, commit: string): Promise<string | null> {
  const manifest = await readFileAt(objects, commit, 'package.json')
  if (manifest) {
    const parsed = PackageJson.safeParse(parseJson(manifest.toString()))
    const scripts = parsed.success ? (parsed.data.scripts ?? {}) : {}
    const script = ['dev', 'start'].find((name) => scripts[name] !== undefined)
    if (script !== undefined) return `npm install && npm run ${script}`
  }
  if (await readFileAt(objects, commit, 'index.html')) return 'python3 -m http.server "$PORT"'
  return null
}

async function detectStack(objects: ObjectReader, commit: string): Promise<string> {
  for (const [file, stack] of STACKS) if (await readFileAt(objects, commit, file)) return stack
  return 'default'
}
