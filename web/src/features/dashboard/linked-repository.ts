import { createEffect, onCleanup } from 'solid-js'
import type { WorkspaceList } from '../../kernel/workspace-list.ts'

/**
 * `https://<host>/#<url>` opens a repository, as soon as it is known which workspaces there are. The link is taken out
 * of the address, so that a reload or the way back does not open it again.
 */
export function openLinked(workspaces: WorkspaceList, open: (link: string) => void): void {
  const take = () => {
    const link = linkOf(location.hash)
    if (link === null || !workspaces.loaded()) return
    history.replaceState(history.state, '', location.pathname + location.search)
    open(link)
  }
  createEffect(take)
  addEventListener('hashchange', take)
  onCleanup(() => removeEventListener('hashchange', take))
}

function linkOf(hash: string): string | null {
  const text = hash.slice(1)
  if (!/[:.]/.test(text)) return null
  // A browser writes some characters in its own way; a link that was encoded as a whole is one, too.
  if (/^https?(:|%3A)/i.test(text) && !text.includes('://')) return decode(text)
  return text
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
