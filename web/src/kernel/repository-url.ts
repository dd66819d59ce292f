/** `alice/shop` for `https://example.com/alice/shop.git`; the URL itself when it has no path. */
export function repositoryLabel(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]+\/|^[^@/]+@[^:/]+:/i, '').replace(/(\.git)?\/*$/, '')
  return path === '' ? url : path
}

/** Why this cannot be a repository's address, or null. The platform has the last word. */
export function repositoryProblem(url: string): string | null {
  if (url.trim() === '') return 'Paste the address of a Git repository.'
  if (/^[^@/\s]+@[^:/\s]+:/.test(url) || url.startsWith('ssh:')) {
    return 'SSH addresses need a key, and a workspace holds none. Use the https:// address instead.'
  }
  if (!/^https?:\/\/[^/\s]+\/\S+$/.test(url.trim()))
    return 'This should look like https://host/owner/repository.'
  return null
}
