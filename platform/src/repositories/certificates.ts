import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'

/** The operator's own certificate authorities, which git is told by the same variables. */
export async function authorityOptions(): Promise<{ ca?: string[] }> {
  const file = process.env['GIT_SSL_CAINFO'] || process.env['SSL_CERT_FILE']
  if (!file) return {}
  const own = await readFile(file, 'utf8').catch(() => null)
  return own === null ? {} : { ca: [...rootCertificates, own] }
}
