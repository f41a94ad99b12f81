// Who is signed in, and what is left of the day's messages.

import { computed, effect, signal } from '@preact/signals'

import { listen, onReturn, tell } from '../core/channel.js'
import { call, newKey, onHeaders } from '../core/http.js'
import { dropTokens, keepTokens, signedIn } from '../core/tokens.js'

export const me = signal(null)

// {limit, remaining, resets (a Date)}; null until the server has said.
export const allowance = signal(null)
export const usedUp = computed(() => allowance.value?.remaining === 0)

let newDay

function note(limit, remaining, seconds) {
  if (![limit, remaining, seconds].every(Number.isFinite))
    return
  clearTimeout(newDay)
  newDay = setTimeout(quietly, (seconds + 1) * 1000)
  allowance.value = { limit, remaining,
    resets: new Date(Date.now() + seconds * 1000) }
}

onHeaders((headers) => {
  const value = (name) => parseInt(headers.get(`ratelimit-${name}`), 10)
  note(value('limit'), value('remaining'), value('reset'))
})

export async function loadMe() {
  const loaded = await call('GET', '/auth/me')
  me.value = loaded
  note(loaded.daily_limit, loaded.remaining, loaded.reset_seconds)
}

const quietly = () => signedIn.value && loadMe().catch(() => {})

listen('account', quietly)
onReturn(quietly)
effect(() => {
  if (!signedIn.value)
    me.value = allowance.value = null
})

export async function signUp(fields) {
  keepTokens(await call('POST', '/auth/signup',
    { body: fields, anonymous: true }))
}

export async function logIn(fields) {
  keepTokens(await call('POST', '/auth/login',
    { body: fields, anonymous: true }))
}

// Every session ends with it, one that is here as well.
export async function resetPassword(token, password) {
  await call('POST', '/auth/reset',
    { body: { token, password }, anonymous: true })
  forget()
}

// The session ends at the server too, when that can be reached.
export async function logOut({ all = false } = {}) {
  await call('POST', '/auth/logout', { body: { all } }).catch(() => {})
  forget()
}

export function forget() {
  dropTokens()
  for (const key of Object.keys(localStorage))
    if (key.startsWith('aichat.draft.'))
      localStorage.removeItem(key)
}

export async function changePassword(password, new_password) {
  const tokens = await call('POST', '/auth/password',
    { body: { password, new_password } })
  if (tokens?.access_token)
    keepTokens(tokens)
}

export async function removeAccount(password) {
  await call('DELETE', '/auth/me', { body: { password } })
  forget()
}

export const listSessions = async () =>
  (await call('GET', '/auth/sessions')).data

export const endSession = (id) => call('DELETE', `/auth/sessions/${id}`)

export const listKeys = async () => (await call('GET', '/auth/keys')).data

export const makeKey = (name) =>
  call('POST', '/auth/keys', { body: { name }, key: newKey() })

export const revokeKey = (id) => call('DELETE', `/auth/keys/${id}`)

export const beginTotp = (password) =>
  call('POST', '/auth/totp', { body: { password } })

export async function confirmTotp(otp) {
  const { recovery_codes } = await call('POST', '/auth/totp/confirm',
    { body: { otp } })
  tell('account')
  await loadMe()
  return recovery_codes ?? []
}

export async function removeTotp(password, otp) {
  await call('DELETE', '/auth/totp', { body: { password, otp } })
  tell('account')
  await loadMe()
}

export const loadUsage = async (days) =>
  (await call('GET', `/v1/usage?days=${days}`)).data
