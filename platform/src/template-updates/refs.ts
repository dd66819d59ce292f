/**
 * What the template of a workspace last gave it that is in one of its branches: a commit of the template's own line, of
 * which each is the parent of the next, so that git finds the base of a merge by itself. Hidden like saves: it can
 * collide with no branch of the user, comes with no clone, and nobody but the platform can move it.
 */
export const TEMPLATE_BASE = 'refs/codenest/template/base'
/** Author of the template's line. */
export const TEMPLATE_AUTHOR = { name: 'CodeNest', email: 'templates@codenest.dev' }
/** The commit of an update that is in no branch yet. */
export const TEMPLATE_NEXT = 'refs/codenest/template/next'
