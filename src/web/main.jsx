// The page: who is signed in sees the chat, everybody else the door.

import { render } from 'preact'
import { useEffect } from 'preact/hooks'

import './core/theme.js'
import { go, route } from './core/route.js'
import { signedIn } from './core/tokens.js'
import { loadMe } from './state/account.js'
import { find, titleOf } from './state/conversations.js'
import { loadModels } from './state/models.js'
import { sideOpen } from './state/side.js'
import { attempt } from './state/toasts.js'
import { Toaster } from './parts/toaster.jsx'
import { Auth } from './views/auth.jsx'
import { Chat } from './views/chat.jsx'
import { Settings } from './views/settings.jsx'
import { Shared } from './views/shared.jsx'
import { Sidebar } from './views/sidebar.jsx'
import { t } from './strings.js'

function Inside({ view, id }) {
  const known = find(id)
  useEffect(() => {
    attempt(() => Promise.all([loadMe(), loadModels()]))
  }, [])
  useEffect(() => {
    if (view === 'login' || view === 'signup')
      go('', '', { replace: true })
  }, [view])
  useEffect(() => {
    const name = view === 'settings' ? t.settings.label
      : view === 'c' && known ? titleOf(known) : ''
    document.title = name ? `${name} · ${t.name}` : t.name
  }, [view, known])
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={skip}>{t.skip}</a>
      <Sidebar />
      <div class="main" inert={sideOpen.value}>
        {view === 'settings' ? <Settings tab={id} />
          : <Chat id={view === 'c' ? id : null} />}
      </div>
    </div>
  )
}

// The address is the route, so the jump is made here.
function skip(event) {
  event.preventDefault()
  document.querySelector('#main textarea, #main a, #main button')?.focus()
}

function App() {
  const { view, id } = route.value
  if (view === 'shared')
    return <><Shared token={id} /><Toaster /></>
  return (
    <>
      {signedIn.value && view !== 'reset' ? <Inside view={view} id={id} />
        : <Auth view={view} id={id} />}
      <Toaster />
    </>
  )
}

render(<App />, document.getElementById('app'))
