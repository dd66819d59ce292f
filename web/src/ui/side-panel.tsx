import type { JSX } from 'solid-js'
import styles from './side-panel.module.css'

/** A view of the side bar: its name, its tools, and below them what `children` are. */
export function SidePanel(props: { title: string; tools?: JSX.Element; children: JSX.Element }): JSX.Element {
  return (
    <section class={styles['panel']} aria-label={props.title}>
      <header class={styles['header']}>
        <h2 class={styles['title']}>{props.title}</h2>
        <span class={styles['tools']}>{props.tools}</span>
      </header>
      {props.children}
    </section>
  )
}

/** The part of a panel that scrolls. */
export function PanelScroll(props: {
  children: JSX.Element
  ref?: (element: HTMLElement) => void
}): JSX.Element {
  return (
    <div class={styles['scroll']} ref={(element) => props.ref?.(element)}>
      {props.children}
    </div>
  )
}

/** Something a panel says in place of, or between, what it lists. */
export function PanelNote(props: { role?: 'alert' | 'status'; children: JSX.Element }): JSX.Element {
  return (
    <div class={styles['note']} role={props.role}>
      {props.children}
    </div>
  )
}
