import { z } from 'zod'
import type { Resources } from '../engines/engine.ts'
import { Name } from '../protocol.ts'
import { DeclaredResources, readYaml, toResources } from './document.ts'

export const POOL_FILE = 'pool.yaml'

const PoolDocument = z.strictObject({
  apiVersion: z.literal('codenest.dev/v1'),
  kind: z.literal('Pool'),
  spec: z.strictObject({
    /** How many pods of each stack wait to become workspaces. */
    stacks: z.record(Name, z.number().int().min(0).max(100)),
    /** Of each pod; a workspace that declares others does not get one of them. */
    resources: DeclaredResources.optional(),
  }),
})

/** Pods that run before anybody needs them. */
export interface Pool {
  /** By stack. */
  sizes: Map<string, number>
  resources: Resources
}

/** Reads the text of `pool.yaml`. Throws a `DocumentError`. */
export function parsePool(text: string): Pool {
  const { spec } = readYaml(POOL_FILE, text, PoolDocument)
  return {
    sizes: new Map(Object.entries(spec.stacks).filter(([, size]) => size > 0)),
    resources: toResources(spec.resources),
  }
}
