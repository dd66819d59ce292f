import type { Api } from '../../kernel/api.ts'
import type { DiffText } from '../../kernel/diffs.ts'
import { readText } from '../../kernel/file-texts.ts'

/** What a start of a stopped workspace would lay out of a file. */
export function newestText(api: Api, id: string, path: string): DiffText {
  const newest = async (): Promise<string | null> => {
    const { sessions } = await api.sessions(id)
    const current = sessions.find((session) => session.current)
    if (current) return current.tip
    const { entries } = await api.history(id, { limit: 1 })
    return entries[0]?.id ?? null
  }
  return {
    label: 'Now',
    load: async (signal) => {
      const commit = await newest()
      if (commit === null) return null
      return readText(api, id, commit, path, signal)
    },
  }
}
