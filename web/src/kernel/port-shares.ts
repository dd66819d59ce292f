import type { PortShare, ShareLink, Workspace } from '@codenest/platform/protocol'

export type Visibility = PortShare['visibility']

/** Links of a port that have not expired; `now` in milliseconds since the epoch. */
export function liveLinks(workspace: Workspace | undefined, port: number, now = Date.now()): ShareLink[] {
  const share = workspace?.shares.find((each) => each.port === port)
  return share?.links.filter((link) => Date.parse(link.expiresAt) > now) ?? []
}

/** Who may see a port: one whose links have all expired is private. */
export function visibilityOf(workspace: Workspace | undefined, port: number, now = Date.now()): Visibility {
  const share = workspace?.shares.find((each) => each.port === port)
  if (!share || share.visibility !== 'link') return share?.visibility ?? 'private'
  return liveLinks(workspace, port, now).length > 0 ? 'link' : 'private'
}
