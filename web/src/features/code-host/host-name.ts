/** What people call a code host. */
export function hostName(host: string): string {
  return host === 'github.com' ? 'GitHub' : host
}
