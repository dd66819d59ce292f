import type { ServerResponse } from 'node:http'

export interface PageLink {
  href: string
  label: string
  /** In a tab of its own: the page goes on by itself meanwhile, or is a frame in the preview. */
  aside?: boolean
}

/** A small page of the gateway itself: what happened, and what comes next. `refresh` is in seconds. */
export function sendPage(
  response: ServerResponse,
  status: number,
  title: string,
  text: string,
  options: { refresh?: number; link?: PageLink } = {},
): void {
  const { refresh, link } = options
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
${refresh === undefined ? '' : `<meta http-equiv="refresh" content="${refresh}">`}
<title>${escape(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escape(title)}</h1><p>${escape(text)}</p>
${link ? `<p><a href="${escape(link.href)}"${link.aside ? ' target="_blank"' : ''}>${escape(link.label)}</a></p>` : ''}</main></body></html>`
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

const STYLE = `:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;
font:15px/1.6 ui-sans-serif,system-ui,sans-serif;background:light-dark(#fafafa,#111215);color:light-dark(#1c1d21,#e6e7ea)}
main{max-width:26rem;padding:2rem;text-align:center}h1{font-size:1.15rem;font-weight:600;margin:0 0 .4rem}
p{margin:.4rem 0;color:light-dark(#5c5f68,#9a9da6)}a{color:light-dark(#3b5bdb,#8ea8ff)}`

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
