import { ApiError } from './api-error.ts'
import type { Json } from './objects.ts'

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const result: Json = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  return result
}

interface Operation {
  op: string
  path: string
  value?: unknown
  from?: string
}

/** RFC 6902. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations))
    throw new ApiError(400, 'BadRequest', 'a JSON patch is a list of operations')
  let result = structuredClone(target)
  for (const operation of operations as Operation[]) result = applyOperation(result, operation)
  return result
}

function applyOperation(target: unknown, { op, path, value, from }: Operation): unknown {
  const root = { root: target } as Json
  const at = (pointer: string): { holder: Json | unknown[]; key: string } => {
    const tokens = `/root${pointer}`
      .split('/')
      .slice(1)
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    const key = tokens.pop() ?? ''
    let holder: unknown = root
    for (const token of tokens) holder = (holder as Json | undefined)?.[token]
    if (typeof holder !== 'object' || holder === null) throw failed()
    return { holder: holder as Json | unknown[], key }
  }
  const read = (pointer: string): unknown => {
    const { holder, key } = at(pointer)
    const value = (holder as Json)[key]
    if (value === undefined) throw failed()
    return value
  }
  const remove = (pointer: string): void => {
    read(pointer)
    const { holder, key } = at(pointer)
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete holder[key]
  }
  const add = (pointer: string, added: unknown): void => {
    const { holder, key } = at(pointer)
    if (Array.isArray(holder)) holder.splice(key === '-' ? holder.length : Number(key), 0, added)
    else holder[key] = added
  }
  if (op === 'add') add(path, value)
  else if (op === 'remove') remove(path)
  else if (op === 'replace') {
    read(path)
    const { holder, key } = at(path)
    ;(holder as Json)[key] = value
  } else if (op === 'test') {
    const { holder, key } = at(path)
    if (JSON.stringify((holder as Json)[key]) !== JSON.stringify(value)) throw failed()
  } else if (op === 'move' || op === 'copy') {
    const moved = structuredClone(read(from ?? ''))
    if (op === 'move') remove(from ?? '')
    add(path, moved)
  } else throw new ApiError(400, 'BadRequest', `unknown operation ${op}`)
  return root['root']
}

const failed = (): ApiError =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request')
