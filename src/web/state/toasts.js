// Short notes that go away by themselves.

import { signal } from '@preact/signals'

import { signedIn } from '../core/tokens.js'
import { t } from '../strings.js'

const STAYS_MS = 4000

let last = 0

export const toasts = signal([])

export function toast(text, kind = 'note') {
  const id = ++last
  toasts.value = [...toasts.value, { id, text, kind }]
  setTimeout(() => {
    toasts.value = toasts.value.filter((entry) => entry.id !== id)
  }, STAYS_MS)
}

// Runs what may fail, and says so when it does. True when it went well.
export async function attempt(work) {
  try {
    await work()
    return true
  } catch (error) {
    if (signedIn.value)
      toast(error.message, 'error')
    else
      toast(t.auth.ended)
    return false
  }
}
