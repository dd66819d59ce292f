/**
 * Keys are written `Mod+Shift+P`: `Mod` is ⌘ on a Mac and Ctrl elsewhere, `Ctrl` is Ctrl everywhere.
 * The last part is a letter, a digit, a named key (`Enter`, `F1`) or `Backquote`.
 */
export interface KeyLike {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}

interface Chord {
  ctrl: boolean
  meta: boolean
  shift: boolean
  alt: boolean
  key: string
}

export function isMac(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform)
}

function parse(binding: string, mac: boolean): Chord {
  const parts = binding.split('+')
  const key = parts.pop() ?? ''
  return {
    ctrl: parts.includes('Ctrl') || (!mac && parts.includes('Mod')),
    meta: mac && parts.includes('Mod'),
    shift: parts.includes('Shift'),
    alt: parts.includes('Alt'),
    key,
  }
}

export function matchesKey(binding: string, event: KeyLike, mac: boolean): boolean {
  const chord = parse(binding, mac)
  return (
    chord.ctrl === event.ctrlKey &&
    chord.meta === event.metaKey &&
    chord.shift === event.shiftKey &&
    chord.alt === event.altKey &&
    isKey(chord.key, event)
  )
}

/** Letters go by what they type, so that Dvorak works; with Alt held a Mac types `∑` for W, so there they go by place. */
function isKey(key: string, event: KeyLike): boolean {
  if (key === 'Backquote') return event.code === 'Backquote'
  if (/^[A-Z]$/.test(key)) {
    return event.altKey ? event.code === `Key${key}` : event.key.toUpperCase() === key
  }
  return event.key === key
}

const MAC_GLYPHS: Record<string, string> = {
  Ctrl: '⌃',
  Alt: '⌥',
  Shift: '⇧',
  Mod: '⌘',
  Enter: '↩',
  Delete: '⌦',
}
const NAMES: Record<string, string> = { Mod: 'Ctrl', Backquote: '`' }

/** The parts to show, one per key cap: `['⇧', '⌘', 'P']` on a Mac, `['Ctrl', 'Shift', 'P']` elsewhere. */
export function formatKey(binding: string, mac: boolean): string[] {
  const parts = binding.split('+')
  if (!mac) return parts.map((part) => NAMES[part] ?? part)
  const order = ['Ctrl', 'Alt', 'Shift', 'Mod']
  return parts
    .toSorted((a, b) => rank(order, a) - rank(order, b))
    .map((part) => MAC_GLYPHS[part] ?? NAMES[part] ?? part)
}

function rank(order: string[], part: string): number {
  const index = order.indexOf(part)
  return index < 0 ? order.length : index
}

/** The same in ARIA's notation, for `aria-keyshortcuts`. */
export function ariaKey(binding: string, mac: boolean): string {
  return binding
    .replace('Mod', mac ? 'Meta' : 'Control')
    .replace('Ctrl', 'Control')
    .replace('Backquote', '`')
}
