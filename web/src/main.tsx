// First, because it fixes the order of the cascade layers.
import './styles/base.css'
import './styles/tokens.css'
import { render } from 'solid-js/web'
import { AppRoot } from './app-root.tsx'

const root = document.getElementById('app')
// Whoever comes by a link is asked nothing: their page is another one.
if (root && location.pathname.startsWith('/shared/'))
  void import('./features/shared/shared-root.tsx').then(({ SharedRoot }) =>
    render(() => <SharedRoot />, root),
  )
else if (root) render(() => <AppRoot />, root)
