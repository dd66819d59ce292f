import type { GitMessages } from '@codenest/runner/protocol'
import { createEffect, createSignal, on, type Accessor } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { useSourceControl } from './context.ts'

/** What a commit could be called now, and what the last one is called; looked up after each change. */
export function createCommitMessages(): Accessor<GitMessages | null> {
  const { connection } = useSession()
  const { version } = useSourceControl()
  const [messages, setMessages] = createSignal<GitMessages | null>(null)
  let turn = 0
  createEffect(
    on(version, () => {
      const mine = ++turn
      // Without one the box only suggests nothing.
      connection.request('git.messages', {}).then(
        (next) => mine === turn && setMessages(next),
        () => {},
      )
    }),
  )
  return messages
}
