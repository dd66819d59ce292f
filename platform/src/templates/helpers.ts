type Value = string | number | boolean | null

interface Helper {
  /** Fewest and most values that it takes. */
  takes: [number, number]
  call: (given: Value[]) => Value
}

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** All that a template can do with its parameters. Each is pure, and its result is at most six times as long. */
export const HELPERS: Record<string, Helper> = {
  eq: { takes: [2, 2], call: ([a, b]) => a === b },
  and: { takes: [2, Infinity], call: (given) => given.every(Boolean) },
  or: { takes: [2, Infinity], call: (given) => given.some(Boolean) },
  not: { takes: [1, 1], call: ([value]) => !value },
  /** A text as a literal of JSON, which is one of JavaScript, Python, Java, Go and many more, too. */
  json: { takes: [1, 1], call: ([value = null]) => JSON.stringify(value) },
  html: {
    takes: [1, 1],
    call: ([value]) => String(value ?? '').replaceAll(/[&<>"']/g, (found) => HTML[found] ?? ''),
  },
  snake: { takes: [1, 1], call: ([value]) => wordsOf(value).join('_') },
  pascal: {
    takes: [1, 1],
    call: ([value]) =>
      wordsOf(value)
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join(''),
  },
}

export function callHelper(name: string, given: Value[]): Value {
  const helper = Object.hasOwn(HELPERS, name) ? HELPERS[name] : undefined
  if (!helper) throw new Error(`no helper ${name}`)
  return helper.call(given)
}

function wordsOf(value: Value | undefined): string[] {
  return String(value ?? '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}
