import { expect, it } from 'vitest'
import {
  closeInside,
  closeTab,
  isTabsState,
  moveTabs,
  noTabs,
  openTab,
  pinTab,
  type TabsState,
} from './tabs.ts'

const names = (state: TabsState) => state.tabs.map((tab) => (tab.preview ? `(${tab.path})` : tab.path))
const open = (...paths: string[]) => paths.reduce((state, path) => openTab(state, path, true), noTabs)

it('reuses the tab of a file that is only looked at', () => {
  const looked = openTab(openTab(open('a'), 'b', false), 'c', false)
  expect(names(looked)).toEqual(['a', '(c)'])
  expect(names(openTab(pinTab(looked, 'c'), 'd', false))).toEqual(['a', 'c', '(d)'])
})

it('opens beside the active tab', () => {
  expect(names(openTab({ ...open('a', 'b', 'c'), active: 'a' }, 'd', true))).toEqual(['a', 'd', 'b', 'c'])
})

it('goes back to the tab used before', () => {
  const state = openTab(open('a', 'b', 'c'), 'a', true)
  expect(closeTab(state, 'a').active).toBe('c')
  expect(closeTab(state, 'b').active).toBe('a')
  expect(closeTab(open('a'), 'a')).toMatchObject({ tabs: [], active: null })
})

it('follows a folder that is moved or deleted', () => {
  const state = open('src/a.ts', 'src/b.ts', 'readme.md')
  expect(names(moveTabs(state, 'src', 'lib'))).toEqual(['lib/a.ts', 'lib/b.ts', 'readme.md'])
  expect(names(closeInside(state, 'src'))).toEqual(['readme.md'])
})

it('takes from storage only what it has written itself', () => {
  expect(isTabsState(JSON.parse(JSON.stringify(open('a', 'b'))))).toBe(true)
  for (const value of [null, 1, {}, { tabs: [1], active: null, recent: [] }, { ...noTabs, active: 3 }]) {
    expect(isTabsState(value)).toBe(false)
  }
})
