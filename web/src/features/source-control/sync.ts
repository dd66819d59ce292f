import { useApp } from '../../kernel/app.ts'
import { useSourceControl } from './context.ts'

export interface Sync {
  fetch: () => Promise<void>
  pull: () => Promise<void>
  push: () => Promise<void>
}

/** Talks to the upstream and says what came of it. What is refused shows in the panel. */
export function createSync(): Sync {
  const { toasts } = useApp()
  const { act, status } = useSourceControl()
  const say = (title: string) => toasts.show({ tone: 'info', title })
  return {
    fetch: async () => {
      if (await act('git.fetch', {})) say('Fetched what is new on the upstream')
    },
    pull: async () => {
      const done = await act('git.pull', { how: 'ff' })
      if (done) say(done.outcome === 'up-to-date' ? 'Nothing new on the upstream' : 'Pulled')
    },
    push: async () => {
      const branch = status()?.branch
      if (await act('git.push', { replace: false })) say(`Pushed ${branch ?? 'the branch'}`)
    },
  }
}
