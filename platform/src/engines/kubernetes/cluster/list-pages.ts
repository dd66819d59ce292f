import { isClusterError } from './errors.ts'
import type { Collection, KubeObject } from './objects.ts'
import { collectionPath } from './resources.ts'
import type { Transport } from './transport.ts'
import { parsePage } from './wire.ts'
import type { Page } from './wire.ts'

export interface Selection extends Collection {
  labelSelector?: string
  fieldSelector?: string
}

/**
 * Hands over what is there, page by page, and resolves to the version of it all. When a list takes so long that its
 * next page is no longer remembered, it begins anew (`isFirst` once more), and then in one piece.
 */
export async function listPages(
  transport: Transport,
  selection: Selection,
  size: number,
  onPage: (objects: KubeObject[], isFirst: boolean) => void,
  signal: AbortSignal,
): Promise<string> {
  const { labelSelector, fieldSelector } = selection
  const path = collectionPath(selection)
  let limit: string | undefined = String(size)
  let next: string | null = null
  for (;;) {
    const query = { labelSelector, fieldSelector, limit, continue: next ?? undefined }
    let page: Page
    try {
      const answer = await transport.call({ method: 'GET', path, query, repeatable: true }, signal)
      page = parsePage(answer, selection)
    } catch (error) {
      if (next === null || !isClusterError(error, 'expired')) throw error
      next = null
      limit = undefined
      continue
    }
    onPage(page.items, next === null)
    next = page.next
    if (next === null) return page.resourceVersion
  }
}
