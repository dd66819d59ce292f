import { render } from 'solid-js/web'
import { AppRoot } from './app-root.tsx'
import './styles/base.css'
import './styles/tokens.css'

const root = document.getElementById('app')
if (root) render(() => <AppRoot />, root)
