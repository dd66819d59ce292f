import type { Hosts } from '../../src/repositories/host-accounts.ts'

/** People who have told no host who they are. */
export const NOBODY: Hosts = { find: async () => null, keep: async () => {}, forget: async () => {} }
