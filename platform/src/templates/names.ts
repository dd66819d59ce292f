/**
 * Begins the names of templates that people have made or brought. No template of the catalogue is named like this, so a
 * name alone says who answers for it, and an update of CodeNest takes nobody's name.
 */
const OWN = 'my-'
/** Characters of any name. */
const MOST = 40

/** Id of a template's repository. */
export function templateRepository(name: string): string {
  return `templates/${name}`
}

export function isOwnTemplate(name: string): boolean {
  return name.startsWith(OWN)
}

/** Name of an own template behind its repository's id; null when it is that of anything else. */
export function ownTemplateOf(repository: string): string | null {
  const [folder, name = '', ...rest] = repository.split('/')
  return folder === 'templates' && rest.length === 0 && isOwnTemplate(name) ? name : null
}

/** `my-shop` for `Shop` or `shop.git`; whatever is in the text, it is a name. */
export function ownTemplateName(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/\.git$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^(my-)+/, '')
  return (OWN + plain).slice(0, MOST).replaceAll(/-{2,}/g, '-').replace(/-$/, '') || 'my-template'
}
