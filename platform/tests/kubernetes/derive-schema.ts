/**
 * Makes schemas/<minor>.json, the part of Kubernetes' OpenAPI that our manifests use, as one JSON Schema per kind, from
 * the Kubernetes client of that version, whose models are generated from it:
 *
 *     npm pack @kubernetes/client-node@2.0.1 && tar xzf kubernetes-client-node-2.0.1.tgz
 *     node platform/tests/kubernetes/derive-schema.ts package platform/tests/kubernetes/schemas/v1.36.json
 *
 * 1.3.0 of the client is of Kubernetes 1.33, 1.4.0 of 1.34, 2.0.1 of 1.36.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { KINDS } from './kinds.ts'

interface Attribute {
  /** What the client calls it, where its own name is no name in JavaScript. */
  name: string
  baseName: string
  type: string
  format: string
}
type Schema = Record<string, unknown>

const [client = '', target = ''] = process.argv.slice(2)
const models = join(resolve(client), 'dist/gen/models')
const classes = (await import(pathToFileURL(join(models, 'all.js')).href)) as Record<
  string,
  { attributeTypeMap: Attribute[] } | undefined
>
const definitions: Record<string, Schema> = {}

for (const model of Object.values(KINDS)) define(model)
const kinds = Object.fromEntries(
  Object.entries(KINDS).map(([kind, model]) => [kind, { $ref: `#/definitions/${model}` }]),
)
const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(target, `${JSON.stringify({ kinds, definitions: sorted })}\n`)

function define(model: string): void {
  if (definitions[model]) return
  const attributes = classes[model]?.attributeTypeMap
  if (!attributes) throw new Error(`the client has no ${model}`)
  definitions[model] = {}
  const declared = readFileSync(join(models, `${model}.d.ts`), 'utf8')
  const optional = (name: string): boolean => declared.includes(`'${name}'?:`)
  definitions[model] = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      attributes.map(({ baseName, type, format }) => [baseName, toSchema(type, format)]),
    ),
    required: attributes.filter(({ name }) => !optional(name)).map(({ baseName }) => baseName),
  }
}

function toSchema(type: string, format: string): Schema {
  const list = /^Array<(.*)>$/.exec(type)?.[1]
  if (list !== undefined) return { type: 'array', items: toSchema(list, format) }
  const values = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1]
  if (values !== undefined) return { type: 'object', additionalProperties: toSchema(values, format) }
  switch (type) {
    case 'string':
    case 'Date':
      return { type: 'string' }
    case 'boolean':
      return { type: 'boolean' }
    case 'number':
      return { type: format === 'double' ? 'number' : 'integer' }
    case 'IntOrString':
      return { type: ['integer', 'string'] }
    case 'any':
      return {}
    default:
      define(type)
      return { $ref: `#/definitions/${type}` }
  }
}
