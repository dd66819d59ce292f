// Runs in a previewed page before all else of it, and tells the page around it what the console says. Plain JavaScript,
// sent as it is. It must neither throw nor be seen by the app, and trusts nothing that the app may have changed since.
;(() => {
  const LEVELS = ['debug', 'log', 'info', 'warn', 'error']
  const LINES_PER_SECOND = 400
  const MOST_TEXT = 10_000
  const MOST_NESTED_TEXT = 500
  const MOST_VALUES = 500
  const MOST_ENTRIES = 100
  const MOST_DEPTH = 4
  const WIDTH = 72

  const script = document.currentScript
  const { page } = script.dataset
  // Frameworks that take over the whole document expect to find it as they sent it.
  script.remove()
  const { parent, origin, performance, Node, Element, Error, Map, Set, Date, RegExp, Promise } = window
  const later = window.setTimeout.bind(window)
  // Within a frame of the app nobody listens, and in a tab of its own there is no page around it.
  if (parent === window || parent !== window.top) return

  const tell = (message) => parent.postMessage({ codenest: 'console', ...message }, page)
  let second = -Infinity
  let left = 0
  let skipped = 0
  let isBusy = false

  const tellSkipped = () => {
    tell({ skipped })
    skipped = 0
  }

  /** `describe` gives the text, and where it comes from. It may run into getters of the app that use the console. */
  const report = (level, describe) => {
    if (isBusy) return
    isBusy = true
    try {
      const now = performance.now()
      if (now - second >= 1000) [second, left] = [now, LINES_PER_SECOND]
      if (left-- > 0) {
        const { text, place } = describe()
        tell({ level, text: cut(text, MOST_TEXT), ...place })
      } else if (skipped++ === 0) later(tellSkipped, 1000)
    } catch {
      // Something that cannot be looked at: the browser's own console has it.
    } finally {
      isBusy = false
    }
  }

  for (const level of LEVELS) {
    const original = console[level]
    console[level] = function (...values) {
      original.apply(this, values)
      report(level, () => ({ text: format(values), place: placeIn(new Error().stack) }))
    }
  }
  window.addEventListener(
    'error',
    ({ target, error, message, filename, lineno, colno }) =>
      report('error', () => {
        if (target instanceof Element)
          return { text: `<${target.localName}> could not be loaded: ${target.src || target.href}` }
        const text = error === undefined || error === null ? message : `Uncaught ${inspect(error, context())}`
        return {
          text,
          place: filename ? { url: filename, line: lineno, column: colno } : placeIn(error?.stack),
        }
      }),
    true,
  )
  window.addEventListener('unhandledrejection', ({ reason }) =>
    report('error', () => ({
      text: `Uncaught (in promise) ${inspect(reason, context())}`,
      place: placeIn(reason instanceof Error ? reason.stack : undefined),
    })),
  )
  tell({ hello: true })

  /** The first place in a stack that is not in here. */
  function placeIn(stack) {
    for (const line of String(stack ?? '').split('\n')) {
      const [, url, at, column] = /((?:https?|blob|webpack[\w-]*):[^\s()]+?):(\d+):(\d+)/.exec(line) ?? []
      if (url !== undefined && !isOurs(line)) return { url, line: Number(at), column: Number(column) }
    }
    return undefined
  }

  function isOurs(line) {
    return line.includes(`${origin}/.codenest/console.js`)
  }

  function context() {
    return { left: MOST_VALUES, above: [] }
  }

  /** What `console.log` of these shows, with its placeholders. */
  function format(values) {
    const shared = context()
    const show = (value) => (typeof value === 'string' ? value : inspect(value, shared))
    let rest = values
    let start = []
    if (typeof values[0] === 'string' && values.length > 1) {
      rest = values.slice(1)
      const filled = values[0].replace(/%([sdifoOc%])/g, (whole, kind) => {
        if (kind === '%') return '%'
        if (rest.length === 0) return whole
        const value = rest.shift()
        if (kind === 'c') return ''
        if (kind === 'd' || kind === 'i') return String(Math.trunc(Number(value)))
        return kind === 'f' ? String(Number(value)) : show(value)
      })
      start = [filled]
    }
    return [...start, ...rest.map(show)].join(' ')
  }

  /** As text, bounded, without running code of the app; but for a proxy's, which may throw. */
  function inspect(value, shared) {
    try {
      return inspectValue(value, shared)
    } catch {
      return '[unreadable]'
    }
  }

  function inspectValue(value, shared) {
    if (typeof value === 'string') return shared.above.length === 0 ? value : quote(value)
    if (typeof value === 'bigint') return `${value}n`
    if (Object.is(value, -0)) return '-0'
    if (typeof value === 'function') return `ƒ ${ownValue(value, 'name') || '(anonymous)'}()`
    if (typeof value !== 'object' || value === null) return String(value)
    if (shared.above.includes(value)) return '[Circular]'
    if (value instanceof Node) return inspectNode(value)
    if (value instanceof Error) return inspectError(value, shared)
    if (value instanceof RegExp) return String(value)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (value instanceof Promise) return 'Promise {…}'
    const name = nameOf(value)
    if (shared.above.length >= MOST_DEPTH || shared.left <= 0)
      return Array.isArray(value) ? '[…]' : `${name}{…}`
    shared.above.push(value)
    try {
      return inspectEntries(value, name, shared)
    } finally {
      shared.above.pop()
    }
  }

  function inspectEntries(value, name, shared) {
    const each = (entry) => (shared.left-- > 0 ? inspect(entry, shared) : '…')
    const some = (entries, size, show) => {
      const shown = []
      for (const entry of entries) {
        if (shown.length === MOST_ENTRIES || shared.left <= 0) break
        shown.push(show(entry))
      }
      return size > shown.length ? [...shown, `… ${size - shown.length} more`] : shown
    }
    if (value instanceof Map) {
      const shown = some(value, value.size, ([key, entry]) => `${each(key)} => ${each(entry)}`)
      return lay(`Map(${value.size}) {`, shown, '}', shared)
    }
    if (value instanceof Set) return lay(`Set(${value.size}) {`, some(value, value.size, each), '}', shared)
    if (Array.isArray(value)) return lay('[', some(value, value.length, each), ']', shared)
    if (ArrayBuffer.isView(value) && typeof value.length === 'number')
      return lay(`${name.trim()}(${value.length}) [`, some(value, value.length, each), ']', shared)
    const keys = Object.keys(value)
    const shown = some(keys, keys.length, (key) => {
      const property = Object.getOwnPropertyDescriptor(value, key)
      const told = property && 'value' in property ? each(property.value) : '(…)'
      return `${/^[\w$]+$/.test(key) ? key : quote(key)}: ${told}`
    })
    return lay(`${name}{`, shown, '}', shared)
  }

  /** In one line where there is room. */
  function lay(open, entries, close, { above }) {
    const indent = '  '.repeat(above.length)
    const line = `${open}${entries.join(', ')}${close}`
    if (line.length + indent.length <= WIDTH && !line.includes('\n')) return line
    return `${open}\n${entries.map((entry) => `${indent}${entry}`).join(',\n')}\n${indent.slice(2)}${close}`
  }

  function inspectError(error, shared) {
    if (shared.above.length > 0) return `[${error.name}: ${error.message}]`
    const parts = [describeError(error)]
    let { cause } = error
    while (cause !== undefined && parts.length < MOST_DEPTH) {
      const isError = cause instanceof Error
      parts.push(isError ? describeError(cause) : inspect(cause, shared))
      cause = isError ? cause.cause : undefined
    }
    return parts.join('\ncaused by ')
  }

  function describeError({ name, message, stack }) {
    const frames = String(stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at |^\S*@\S+:\d+:\d+$/.test(line) && !isOurs(line))
    return [`${name}: ${message}`, ...frames].join('\n').replaceAll(origin, '')
  }

  function inspectNode(node) {
    if (!(node instanceof Element)) return node.nodeName
    const attributes = [...node.attributes].slice(0, 8).map(({ name, value }) => ` ${name}=${quote(value)}`)
    return `<${node.localName}${attributes.join('')}>`
  }

  /** "Name " of what is not a plain object. */
  function nameOf(value) {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === null) return '[no prototype] '
    const constructor = ownValue(prototype, 'constructor')
    const name = typeof constructor === 'function' ? ownValue(constructor, 'name') : ''
    return typeof name === 'string' && name !== '' && name !== 'Object' ? `${name} ` : ''
  }

  /** Without running a getter. */
  function ownValue(value, key) {
    return Object.getOwnPropertyDescriptor(value, key)?.value
  }

  function quote(text) {
    return JSON.stringify(cut(text, MOST_NESTED_TEXT))
  }

  function cut(text, most) {
    return text.length <= most ? text : `${text.slice(0, most)}… ${text.length - most} more characters`
  }
})()
