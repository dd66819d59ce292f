import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const which = (program: string): Promise<boolean> =>
  run('which', [program]).then(
    () => true,
    () => false,
  )

/** Debian's Chromium. */
export const CHROMIUM = '/usr/bin/chromium'

export function hasChromium(): Promise<boolean> {
  return which(CHROMIUM)
}

/** Debian's `radosgw`, `ceph-mon`, `ceph-osd` and `ceph-common`. */
export async function hasCeph(): Promise<boolean> {
  const programs = ['radosgw', 'ceph-mon', 'ceph-osd', 'radosgw-admin', 'monmaptool']
  return (await Promise.all(programs.map(which))).every(Boolean)
}

export function hasOpenssl(): Promise<boolean> {
  return which('openssl')
}

/** Kubernetes' own, in which Kustomize is. */
export function hasKubectl(): Promise<boolean> {
  return which('kubectl')
}
