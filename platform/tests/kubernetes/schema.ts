import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import { FOREIGN_KINDS } from './foreign-kinds.ts'

interface Bundle {
  kinds: Record<string, { $ref: string }>
  definitions: Record<string, object>
}

const FOLDER = new URL('schemas/', import.meta.url)
/** Minor versions of Kubernetes, oldest first. */
export const VERSIONS = readdirSync(FOLDER)
  .map((name) => name.replace('.json', ''))
  .sort()

/** What a version of Kubernetes has against an object, unknown fields included; empty when it has nothing. */
export function schemaProblems(version: string): (object: unknown) => string[] {
  const text = readFileSync(new URL(`${version}.json`, FOLDER), 'utf8')
  const { kinds, definitions } = JSON.parse(text) as Bundle
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true })
  ajv.addSchema({ $id: version, definitions })
  const validators = new Map<string, ValidateFunction>()
  for (const [kind, { $ref }] of Object.entries(kinds))
    validators.set(kind, ajv.compile({ $ref: `${version}${$ref}` }))
  for (const [kind, schema] of Object.entries(FOREIGN_KINDS)) validators.set(kind, ajv.compile(schema))
  return (object) => {
    const { apiVersion, kind } = object as { apiVersion?: string; kind?: string }
    const validate = validators.get(`${apiVersion} ${kind}`)
    if (!validate) return [`${version} has no ${apiVersion} ${kind}`]
    if (validate(object)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${kind} ${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }
}
