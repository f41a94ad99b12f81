// What a view fetches when it opens, and again when it changed it.

import { useEffect, useState } from 'preact/hooks'

import { t } from '../strings.js'

// [value, reload]; value is undefined at first, and an Error when it failed.
export function useLoaded(fetch, on = []) {
  const [value, setValue] = useState()
  const reload = () => fetch().then(setValue, setValue)
  useEffect(() => {
    reload()
  }, on)
  return [value, reload]
}

export function Loaded({ value, children }) {
  if (value === undefined)
    return <p class="hint">{t.loading}</p>
  if (value instanceof Error)
    return <p class="problem" role="alert">{value.message}</p>
  return children(value)
}
