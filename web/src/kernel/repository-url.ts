/** `alice/shop` for `https://example.com/alice/shop.git`; the URL itself when it has no path. */
export function repositoryLabel(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]+\/|^[^@/]+@[^:/]+:/i, '').replace(/(\.git)?\/*$/, '')
  return path === '' ? url : path
}
