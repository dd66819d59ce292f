/** True for a full ref name as `git check-ref-format` takes it. */
export function isRefName(name: string): boolean {
  if (!name.startsWith('refs/') || name.length > 255 || name.split('/').length < 3) return false
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$/.test(name)) return false
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
}

/** Refs of saves: hidden from a plain clone. */
export const SAVES_PREFIX = 'refs/codenest/saves/'

export function isHiddenRef(name: string): boolean {
  return name.startsWith('refs/codenest/')
}
