import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkTemplate } from '../src/templates/check.ts'
import { TemplateEngine } from '../src/templates/engine.ts'
import { readFolder } from '../src/templates/read-folder.ts'
import { temporaryFolder } from './support/shell.ts'
import { BUILDS, complaintOf, extremes, lacks, writeFiles } from './support/template-builds.ts'

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url))
/** What npm says when there is no way to the registry. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT/

interface Dependencies {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

describe('templates', { timeout: 180_000 }, () => {
  const engine = new TemplateEngine()
  /** Projects are made in here: what several of them need is installed once, beside them. */
  let shared: Awaited<ReturnType<typeof temporaryFolder>>
  let offline: string | null = null

  beforeAll(async () => {
    shared = await temporaryFolder()
    const dependencies: Record<string, string> = {}
    for (const [name, { quick }] of Object.entries(BUILDS)) {
      if (quick?.shares !== true) continue
      for (const files of await extremes(engine, join(TEMPLATES, name))) {
        const manifest = files.get('package.json')?.content ?? new Uint8Array()
        const wanted = JSON.parse(Buffer.from(manifest).toString()) as Dependencies
        Object.assign(dependencies, wanted.dependencies, wanted.devDependencies)
      }
    }
    // Types and format are left to `npm run template -- test`, which installs each by itself.
    for (const checker of ['typescript', 'vue-tsc', 'prettier']) delete dependencies[checker]
    await writeFile(join(shared.path, 'package.json'), JSON.stringify({ dependencies, private: true }))
    const install = 'npm install --no-fund --no-audit --prefer-offline --legacy-peer-deps --loglevel=error'
    const complaint = await complaintOf(install, shared.path)
    if (complaint !== null && !OFFLINE.test(complaint)) throw new Error(complaint)
    offline = complaint
  }, 180_000)
  afterAll(async () => {
    await shared?.[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
  })

  it('are tested, each of them', async () => {
    expect(Object.keys(BUILDS).sort()).toEqual((await readdir(TEMPLATES)).sort())
  })

  describe.each(Object.entries(BUILDS))('%s', (name, build) => {
    it('renders with every choice that it offers, and leaves nothing to doubt', async () => {
      const files = await readFolder(join(TEMPLATES, name))
      const { problems, doubts, variants } = await checkTemplate(engine, files, {})
      expect({ problems, doubts }).toEqual({ problems: [], doubts: [] })
      expect(variants.length).toBeGreaterThan(0)
    })

    it('works', async (context) => {
      const what = `the template ${name} (npm run template -- test ${name})`
      if (!build.quick) context.skip(`packages of a registry: ${what}`)
      const { commands, parameters, shares } = build.quick ?? { commands: [] }
      const missing = await lacks(build)
      if (shares === true && offline !== null) missing.push('the registry of npm')
      if (missing.length > 0) context.skip(`${missing.join(', ')}: ${what}`)
      const projects = await extremes(engine, join(TEMPLATES, name), parameters)
      // Bundlers take their time: of theirs only the fullest.
      for (const [index, files] of projects.slice(shares === true ? -1 : 0).entries()) {
        // Its own name, or it would be one of the packages that it resolves.
        const folder = join(shared.path, `${name}-${index}`)
        await writeFiles(folder, files)
        for (const command of commands)
          expect(await complaintOf(command, folder, join(shared.path, 'node_modules/.bin'))).toBeNull()
      }
    })
  })
})
