import type { RequestHandler } from 'express'

/** "Open in CodeNest", for a README: light letters on ink read on white and on black. */
const BADGE = `<svg xmlns="http://www.w3.org/2000/svg" width="142" height="24" viewBox="0 0 142 24" role="img" aria-label="Open in CodeNest"><title>Open in CodeNest</title><rect width="142" height="24" rx="6" fill="#1a1b1f"/><rect x=".5" y=".5" width="141" height="23" rx="5.5" fill="none" stroke="#8ea5ff" stroke-opacity=".35"/><path d="M10.5 8 7 12l3.500 4M17.500 8l3.500 4-3.500 4" fill="none" stroke="#8ea5ff" stroke-width="1.800" stroke-linecap="round" stroke-linejoin="round"/><text x="29" y="16" fill="#f1f2f4" font-family="Inter,Segoe UI,Helvetica,Arial,sans-serif" font-size="11.500" font-weight="600" textLength="103">Open in CodeNest</text></svg>`

/** Anybody's README shows it, so it is served to everybody and into every page. */
export const sendBadge: RequestHandler = (_request, response) => {
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
  response.setHeader('content-security-policy', "default-src 'none'")
  response.setHeader('cache-control', 'public, max-age=86400')
  response.type('image/svg+xml').send(BADGE)
}
