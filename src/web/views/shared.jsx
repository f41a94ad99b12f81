// A conversation somebody shared, to be read by anyone with the link.

import { Loaded, useLoaded } from '../parts/load.jsx'
import { Logo } from '../parts/icons.jsx'
import { Windowed } from '../parts/windowed.jsx'
import { call } from '../core/http.js'
import { pathThrough, Turn, turnsFrom } from '../state/turns.js'
import { t } from '../strings.js'
import { Message } from './message.jsx'

const READ_ONLY = { readOnly: true }

const address = (token, after) => `/shared/${encodeURIComponent(token)}` +
  (after ? `?after=${after}` : '')

// All of it, page by page; of branches the newest is shown.
async function load(token) {
  const shared = await call('GET', address(token), { anonymous: true })
  const items = [...shared.items.data]
  for (let page = shared.items; page.has_more && page.last_id;) {
    page = (await call('GET', address(token, page.last_id),
      { anonymous: true })).items
    items.push(...page.data)
  }
  const turns = turnsFrom(items).map((fields) => new Turn(fields))
  return { title: shared.title,
    turns: pathThrough(turns, new Map()).map(({ turn }) => turn) }
}

export function Shared({ token }) {
  const [shared] = useLoaded(() => load(token))
  const gone = shared instanceof Error && shared.status === 404
  return (
    <main class="chat shared" id="main">
      <header class="head">
        <a class="brand" href="/"><Logo />{t.name}</a>
        <h1>{shared?.title || t.share.label}</h1>
      </header>
      {gone ? <p class="nothing" role="alert">{t.share.gone}</p>
        : <Loaded value={shared}>{({ turns }) => (
            <Windowed entries={turns} estimate={220} fromTop tabIndex={0}
              keyOf={({ key }) => key} role="region"
              aria-label={t.chat.thread} render={(turn) =>
                <Message turn={turn} siblings={[turn]} acts={READ_ONLY} />} />
          )}</Loaded>}
    </main>
  )
}
