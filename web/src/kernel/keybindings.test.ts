import { describe, expect, it } from 'vitest'
import { ariaKey, formatKey, matchesKey, type KeyLike } from './keybindings.ts'

const press = (key: string, code: string, modifiers: Partial<KeyLike> = {}): KeyLike => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
})

describe('matchesKey', () => {
  it('takes Mod as Ctrl, and as ⌘ on a Mac', () => {
    const ctrlS = press('s', 'KeyS', { ctrlKey: true })
    const commandS = press('s', 'KeyS', { metaKey: true })
    expect([matchesKey('Mod+S', ctrlS, false), matchesKey('Mod+S', commandS, true)]).toEqual([true, true])
    expect([matchesKey('Mod+S', commandS, false), matchesKey('Mod+S', ctrlS, true)]).toEqual([false, false])
  })

  it('wants exactly the modifiers it names', () => {
    const key = press('P', 'KeyP', { ctrlKey: true, shiftKey: true })
    expect(matchesKey('Mod+Shift+P', key, false)).toBe(true)
    expect(matchesKey('Mod+P', key, false)).toBe(false)
  })

  it('goes by what a key types, so that other layouts work', () => {
    // Dvorak: the key at the place of QWERTY's S types O.
    expect(matchesKey('Mod+S', press('o', 'KeyS', { ctrlKey: true }), false)).toBe(false)
    expect(matchesKey('Mod+O', press('o', 'KeyS', { ctrlKey: true }), false)).toBe(true)
  })

  it('goes by place with Alt, because a Mac types other characters then', () => {
    expect(matchesKey('Alt+W', press('∑', 'KeyW', { altKey: true }), true)).toBe(true)
  })

  it('finds the backquote by place, whatever is printed on it', () => {
    expect(matchesKey('Ctrl+Backquote', press('^', 'Backquote', { ctrlKey: true }), true)).toBe(true)
  })
})

describe('names of keys', () => {
  it('shows key caps', () => {
    expect(formatKey('Mod+Shift+P', false)).toEqual(['Ctrl', 'Shift', 'P'])
    expect(formatKey('Mod+Shift+P', true)).toEqual(['⇧', '⌘', 'P'])
    expect(formatKey('Ctrl+Backquote', true)).toEqual(['⌃', '`'])
  })

  it('tells screen readers', () => {
    expect(ariaKey('Mod+Enter', false)).toBe('Control+Enter')
    expect(ariaKey('Mod+Enter', true)).toBe('Meta+Enter')
  })
})
