import type { Head } from '../git/head.ts'
import { sessionTips } from './save-refs.ts'

/** What a start would lay out: the newest save, or the branch where there is no save yet; null when there is nothing. */
export function newestCommit(head: Head): string | null {
  const [newest] = sessionTips(head)
  return newest?.tip ?? head.refs[head.head] ?? null
}
