import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { DiskObjectStore } from './disk-object-store.ts'
import type { ObjectStore } from './object-store.ts'
import { S3ObjectStore } from './s3-object-store.ts'

/** The configured place for everything that must not be lost. */
export function openObjectStore({ store, dataDir }: Config): Promise<ObjectStore> {
  return store.kind === 's3' ? S3ObjectStore.open(store) : DiskObjectStore.open(join(dataDir, 'store'))
}
