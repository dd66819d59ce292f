import { AppError } from '../errors.ts'
import type { FileContent } from '../git/commit-files.ts'
import { readAllFiles } from '../git/read-all-files.ts'
import { chooseTarget } from '../repositories/choose-target.ts'
import { readPlace } from '../repositories/place.ts'
import { parseRepositoryUrl, refuseUrl } from '../repositories/repository-url.ts'
import type { Upstreams } from '../repositories/upstreams.ts'
import { MANIFEST } from './template.ts'
import { FILE_LIMITS, tooLarge } from './workspace-files.ts'

/** What the fetch of one commit may cost; packed, a template is smaller than it may be. */
const FETCH_LIMITS = { bytes: 64 * 2 ** 20, seconds: 120 }

export interface TemplatePlace {
  repository: string
  ref?: string | undefined
}

/** Template repositories of other hosts. They are hostile until somebody has said otherwise, like any repository. */
export class BroughtTemplates {
  readonly #upstreams: Upstreams
  readonly #allowedHosts: string[]

  constructor(upstreams: Upstreams, allowedHosts: string[]) {
    this.#upstreams = upstreams
    this.#allowedHosts = allowedHosts
  }

  /** What a link means, by what its host has; `label` is the repository's own name. Throws an `AppError`. */
  async find(owner: string, { repository, ref }: TemplatePlace): Promise<TemplatePlace & { label: string }> {
    const { place, problem } = readPlace(repository)
    if (!place) throw refuseUrl(problem)
    const { href } = parseRepositoryUrl(place.repository, this.#allowedHosts)
    const { target } = place
    // Who tries again has pushed what was missing.
    const asked = await this.#upstreams.ask(
      owner,
      href,
      target.kind === 'pull' ? target.ref : undefined,
      true,
    )
    const chosen = ref === undefined ? chooseTarget(target, asked.refs) : { ref, path: undefined }
    if (chosen.path !== undefined && chosen.path !== MANIFEST)
      throw new AppError(
        422,
        'template_in_folder',
        `The link leads to ${chosen.path}, and a template is a whole repository. Paste the repository's own address.`,
      )
    return { repository: asked.url.href, ref: chosen.ref, label: place.label.split('/').at(-1) ?? '' }
  }

  /** Its newest files. Throws an `AppError` when there is no `template.yaml` among them, or they are too large. */
  async fetch(
    owner: string,
    { repository, ref }: TemplatePlace,
    signal: AbortSignal,
  ): Promise<{ files: Map<string, FileContent>; commit: string }> {
    const source = { owner, repository, ref }
    return this.#upstreams.borrow(source, FETCH_LIMITS, signal, async (objects, commit) => {
      const files = await readAllFiles(objects, commit, FILE_LIMITS)
      if (!files) throw tooLarge(repository, 'Open it as a repository instead.')
      if (files.has(MANIFEST)) return { files, commit }
      throw new AppError(
        422,
        'no_template',
        `${repository} has no ${MANIFEST} at its root, so it is no template. Open it as a repository instead.`,
      )
    })
  }
}
