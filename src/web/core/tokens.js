// The session's tokens, shared by all tabs. One tab at a time renews them,
// and the others take what it got: a refresh token is good for one use.

import { signal } from '@preact/signals'

const STORED = 'aichat.tokens'
const EARLY_S = 30 // renewed so long before they expire

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORED))
  } catch {
    return null
  }
}

export const signedIn = signal(stored() !== null)

window.addEventListener('storage', ({ key }) => {
  if (key === STORED || key === null)
    signedIn.value = stored() !== null
})

export function keepTokens({ access_token, refresh_token }) {
  localStorage.setItem(STORED,
    JSON.stringify({ access: access_token, refresh: refresh_token }))
  signedIn.value = true
}

export function dropTokens() {
  localStorage.removeItem(STORED)
  signedIn.value = false
}

function claims(token) {
  try {
    const [, body] = token.split('.')
    return JSON.parse(atob(body.replace(/-/g, '+').replace(/_/g, '/')))
  } catch {
    return {}
  }
}

function expires(token) {
  return (claims(token).exp ?? Infinity) < Date.now() / 1000 + EARLY_S
}

// Throws when the server cannot be asked.
async function renew(old) {
  const tokens = stored()
  if (tokens === null || tokens.access !== old)
    return tokens?.access ?? null
  const response = await fetch('/auth/refresh', {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.refresh}` },
    cache: 'no-store',
  })
  if (response.ok) {
    const { access_token, refresh_token } = await response.json()
    keepTokens({ access_token,
      refresh_token: refresh_token ?? tokens.refresh })
    return access_token
  }
  if (response.status !== 401)
    throw new Error(`refresh: ${response.status}`)
  dropTokens()
  return null
}

// A token in place of one the server refused; null when there is none.
export function refreshed(old) {
  return navigator.locks.request('aichat.refresh', () => renew(old))
}

// A token that is good for a while, or null.
export async function access() {
  const token = stored()?.access ?? null
  return token && expires(token) ? refreshed(token) : token
}
