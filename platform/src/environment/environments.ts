import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { ChangeVariables, Variable } from '../protocol.ts'
import { userVariables, workspaceVariables } from '../secrets/kinds.ts'
import type { Variables } from '../secrets/kinds.ts'
import type { SecretKind, Secrets } from '../secrets/secrets.ts'
import { isTrusted, trustOf } from '../workspaces/trust.ts'

const MOST_VARIABLES = 200
/** Bytes of all names and values; a process cannot begin with much more. */
const MOST_BYTES = 256 * 1024

export interface ForRunner {
  variables: Record<string, string>
  trust: ReturnType<typeof trustOf>
}

/** Variables that people keep for the programs of their workspaces: told to these alone, and to nobody again. */
export class Environments {
  readonly #secrets: Secrets
  readonly #fleet: Fleet

  constructor(secrets: Secrets, fleet: Fleet) {
    this.#secrets = secrets
    this.#fleet = fleet
  }

  /** Names of the variables of all workspaces of a person. */
  ofUser(owner: Identity): Promise<Variable[]> {
    return this.#list(owner, userVariables)
  }

  /** Names of the variables of one workspace alone. */
  ofWorkspace(owner: Identity, id: string, document: WorkspaceDocument): Promise<Variable[]> {
    return this.#list(owner, kindOf(id, document))
  }

  /** Resolves to the names that there are now. Throws an `AppError` when it would be too much, and changes nothing. */
  changeUser(owner: Identity, change: ChangeVariables): Promise<Variable[]> {
    return this.#change(owner, userVariables, change)
  }

  changeWorkspace(
    owner: Identity,
    id: string,
    document: WorkspaceDocument,
    change: ChangeVariables,
  ): Promise<Variable[]> {
    return this.#change(owner, kindOf(id, document), change)
  }

  /**
   * What programs of a workspace see: nothing while it is not trusted; its own variables before its owner's. And what
   * its owner said of the repository.
   */
  async forRunner(id: string): Promise<ForRunner> {
    const document = (await this.#fleet.snapshot()).workspaces.get(id)
    if (!document) return { variables: {}, trust: { trusted: false, reviewed: null } }
    const trust = trustOf(document)
    return { variables: isTrusted(document) ? await this.#read(id, document) : {}, trust }
  }

  async #read(id: string, document: WorkspaceDocument): Promise<Record<string, string>> {
    const { owner } = document.metadata
    const [user, own] = await Promise.all([
      this.#secrets.read(owner, userVariables),
      this.#secrets.read(owner, kindOf(id, document)),
    ])
    const all = Object.entries({ ...user, ...own })
    return Object.fromEntries(all.map(([name, { value }]) => [name, value]))
  }

  /** The workspace is deleted. */
  async forget(id: string, document: WorkspaceDocument): Promise<void> {
    await this.#secrets.forget(document.metadata.owner, kindOf(id, document))
  }

  async #list(owner: Identity, kind: SecretKind<Variables>): Promise<Variable[]> {
    return show(await this.#secrets.read(owner.name, kind))
  }

  async #change(
    owner: Identity,
    kind: SecretKind<Variables>,
    { set, remove }: ChangeVariables,
  ): Promise<Variable[]> {
    const changedAt = new Date().toISOString()
    const added = Object.entries(set).map(([name, value]) => [name, { value, changedAt }] as const)
    const changed = await this.#secrets.change(owner.name, kind, (current) => {
      const kept = Object.entries(current ?? {}).filter(([name]) => !remove.includes(name))
      const next = Object.fromEntries([...kept, ...added])
      checkSize(next)
      return Object.keys(next).length === 0 ? null : next
    })
    return show(changed)
  }
}

function kindOf(id: string, { metadata }: WorkspaceDocument): SecretKind<Variables> {
  return workspaceVariables(id, metadata.createdAt)
}

function show(variables: Variables | null): Variable[] {
  const shown = Object.entries(variables ?? {}).map(([name, { changedAt }]) => ({ name, changedAt }))
  return shown.sort((a, b) => a.name.localeCompare(b.name))
}

function checkSize(variables: Variables): void {
  const bytes = Object.entries(variables).reduce(
    (sum, [name, { value }]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  const count = Object.keys(variables).length
  if (count <= MOST_VARIABLES && bytes <= MOST_BYTES) return
  throw new AppError(
    422,
    'environment_too_large',
    `There would be ${count} variables of ${Math.ceil(bytes / 1024)} KiB together, and at most ${MOST_VARIABLES} of ${MOST_BYTES / 1024} KiB can be kept. Remove some first, or keep large values in files.`,
  )
}
