import { A } from '@solidjs/router'
import type { JSX } from 'solid-js'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Mark } from '../../ui/wordmark.tsx'
import styles from './full-pages.module.css'

/** A page that says one thing. */
export function FullPage(props: { title: string; children: JSX.Element; action?: JSX.Element }): JSX.Element {
  return (
    <main class={styles['page']}>
      <div class={styles['box']}>
        <Mark size={34} />
        <h1>{props.title}</h1>
        <p>{props.children}</p>
        {props.action}
      </div>
    </main>
  )
}

export function SignedOut(props: { onRetry: () => void }): JSX.Element {
  return (
    <FullPage title="Signed out" action={<Button onClick={() => props.onRetry()}>Try again</Button>}>
      This browser is not signed in to CodeNest, or its session has ended. Open the link that{' '}
      <code>npm start</code> printed in its terminal, in this browser; this page then goes on by itself.
      Nothing of yours is lost.
    </FullPage>
  )
}

export function NotFound(): JSX.Element {
  return (
    <FullPage
      title="Nothing here"
      action={
        <A href="/" class={buttonClass()}>
          Go to your workspaces
        </A>
      }
    >
      There is no page at this address.
    </FullPage>
  )
}
