// First, because it fixes the order of the cascade layers.
import './styles/base.css'
import './styles/tokens.css'
import { render } from 'solid-js/web'
import { SharedRoot } from './features/shared/shared-root.tsx'

const root = document.getElementById('app')
if (root) render(() => <SharedRoot />, root)
