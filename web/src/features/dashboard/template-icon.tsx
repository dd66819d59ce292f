import type { JSX } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import styles from './template-icon.module.css'

const stroke = {
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': '1.6',
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
} as const

/** Our own drawings, after what a stack is known for; words found in the template's name choose one. */
const drawings: { words: string[]; tint: string; draw: () => JSX.Element }[] = [
  { words: ['react', 'next'], tint: '--syn-type', draw: Orbits },
  { words: ['vue', 'nuxt', 'svelte', 'solid'], tint: '--syn-string', draw: Layers },
  { words: ['node', 'express', 'nest', 'fastify', 'hono', 'bun', 'deno'], tint: '--green', draw: Hexagon },
  { words: ['python', 'flask', 'django', 'fastapi'], tint: '--syn-attribute', draw: Interlock },
  { words: ['go', 'golang'], tint: '--syn-type', draw: Speed },
  { words: ['rust'], tint: '--syn-number', draw: Gear },
  { words: ['java', 'javalin', 'spring', 'kotlin'], tint: '--syn-number', draw: Cup },
  { words: ['cpp', 'c', 'cmake'], tint: '--syn-keyword', draw: Plus },
  { words: ['data', 'notebook', 'analysis'], tint: '--syn-string', draw: Bars },
  { words: ['static', 'html', 'web', 'site', 'vite'], tint: '--syn-tag', draw: Brackets },
  { words: ['empty', 'blank', 'scratch'], tint: '--muted', draw: Page },
]

export function TemplateIcon(props: { name: string }): JSX.Element {
  const found = () => {
    const words = props.name.split('-')
    return drawings.find((drawing) => drawing.words.some((word) => words.includes(word)))
  }
  return (
    <span
      class={styles['icon']}
      style={{ color: `var(${found()?.tint ?? '--syn-keyword'})` }}
      aria-hidden="true"
    >
      <svg width="22" height="22" viewBox="0 0 24 24" {...stroke}>
        <Dynamic component={found()?.draw ?? Cube} />
      </svg>
    </span>
  )
}

function Orbits(): JSX.Element {
  return (
    <>
      <circle cx="12" cy="12" r="1.6" fill="currentColor" stroke="none" />
      <ellipse cx="12" cy="12" rx="9.5" ry="3.7" />
      <ellipse cx="12" cy="12" rx="9.5" ry="3.7" transform="rotate(60 12 12)" />
      <ellipse cx="12" cy="12" rx="9.5" ry="3.7" transform="rotate(120 12 12)" />
    </>
  )
}

function Layers(): JSX.Element {
  return <path d="m12 3 9 5-9 5-9-5zM3 12l9 5 9-5M3 16l9 5 9-5" />
}

function Hexagon(): JSX.Element {
  return <path d="m12 2.5 8.2 4.75v9.5L12 21.5l-8.2-4.75v-9.5zM9 15.5V9l6 6.5V9" />
}

function Interlock(): JSX.Element {
  return (
    <path d="M16 8.5V6a3 3 0 0 0-3-3h-2a3 3 0 0 0-3 3v6M8 15.5V18a3 3 0 0 0 3 3h2a3 3 0 0 0 3-3v-6M12 8.5H6a3 3 0 0 0-3 3v1a3 3 0 0 0 3 3h2M12 15.5h6a3 3 0 0 0 3-3v-1a3 3 0 0 0-3-3h-2M11 6h.01M13 18h.01" />
  )
}

function Speed(): JSX.Element {
  return (
    <>
      <path d="M2 9h5M1 12h4M3 15h4" />
      <circle cx="15" cy="12" r="6.5" />
      <path d="M15 8.5V12l2.2 1.8" />
    </>
  )
}

function Gear(): JSX.Element {
  return (
    <>
      <circle cx="12" cy="12" r="6.8" />
      <path d="M12 2.5v2.7M12 18.8v2.7M2.5 12h2.7M18.8 12h2.7M5.3 5.3l1.9 1.9M16.8 16.8l1.9 1.9M18.7 5.3l-1.9 1.9M7.2 16.8l-1.9 1.9M9.5 15V9.2h3.2a1.7 1.7 0 0 1 0 3.4H9.5l4.7 2.4" />
    </>
  )
}

function Brackets(): JSX.Element {
  return <path d="m7.5 7-5 5 5 5M16.5 7l5 5-5 5M13.8 4.5l-3.6 15" />
}

function Cup(): JSX.Element {
  return (
    <path d="M5 10h11v5a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 11h1.5a2.5 2.5 0 0 1 0 5H16M4 21.5h13M8.5 7c-1.5-2 1.5-2.5 0-4.5M12.5 7c-1.5-2 1.5-2.5 0-4.5" />
  )
}

function Plus(): JSX.Element {
  return <path d="M12.5 7.2a6 6 0 1 0 0 9.6M16 9.5v5M13.5 12h5M21.5 9.5v5M19.5 12h3.5" />
}

function Bars(): JSX.Element {
  return <path d="M3.5 3v17.5H21M8 16.5v-4M12.5 16.5v-9M17 16.5v-6" />
}

function Page(): JSX.Element {
  return (
    <path d="M14 2.5H7a2 2 0 0 0-2 2v15a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-12zM14 2.5v5h5M12 11.5v6M9 14.5h6" />
  )
}

function Cube(): JSX.Element {
  return <path d="m12 2.5 8.5 4.75v9.5L12 21.5l-8.5-4.75v-9.5zM3.5 7.25 12 12l8.5-4.75M12 12v9.5" />
}
