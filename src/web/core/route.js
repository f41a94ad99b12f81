// Where one is: the part of the address behind #, so that the server has one
// document only. /shared/TOKEN is the exception, a path of its own.

import { signal } from '@preact/signals'

function read() {
  const shared = /^\/shared\/([^/]+)$/.exec(location.pathname)
  if (shared)
    return { view: 'shared', id: shared[1] }
  const [, view = '', id = ''] = location.hash.split('/')
  return { view, id: decodeURIComponent(id) }
}

export const route = signal(read())

window.addEventListener('hashchange', () => {
  route.value = read()
})

export const href = (view, id) =>
  `#/${view}` + (id ? `/${encodeURIComponent(id)}` : '')

export function go(view = '', id = '', { replace = false } = {}) {
  const to = view === '' ? '#/' : href(view, id)
  if (to === location.hash)
    return
  if (replace)
    history.replaceState(null, '', to)
  else
    location.hash = to
  // Now, not when the event comes: what is shown must not be of two places.
  route.value = read()
}
