// Calls to the server's public API. What fails becomes an ApiError with words
// for people; a network that is away is one of them, with status 0.

import { access, refreshed } from './tokens.js'
import { t } from '../strings.js'

export class ApiError extends Error {
  constructor(status, code, message, retryAfter = 0) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }

  // Worth another try, by itself, with the same key.
  get passes() {
    return this.status === 0 || this.status === 502 || this.status === 503
  }
}

const watchers = new Set()

// Be told of each reply's headers: the day's allowance is in them.
export function onHeaders(watcher) {
  watchers.add(watcher)
}

// The chat service says {msg, code}, /v1 says {error: {message, code}}.
async function failure(response) {
  const body = await response.json().catch(() => ({}))
  const { message, code } = body.error ?? { message: body.msg, code: body.code }
  return new ApiError(response.status, code ?? '',
    message ?? t.errors.status(response.status),
    Number(response.headers.get('retry-after') ?? 0))
}

async function send(method, path, options, token) {
  const headers = { accept: options.accept ?? 'application/json' }
  if (token)
    headers.authorization = `Bearer ${token}`
  if (options.key)
    headers['idempotency-key'] = options.key
  if (options.body !== undefined)
    headers['content-type'] = 'application/json'
  try {
    return await fetch(path, {
      method, headers, signal: options.signal, cache: 'no-store',
      credentials: 'omit', redirect: 'error',
      body: options.body === undefined
        ? undefined : JSON.stringify(options.body),
    })
  } catch (error) {
    if (options.signal?.aborted)
      throw error
    throw new ApiError(0, 'offline', t.errors.offline)
  }
}

// What tokens.js has; that it cannot be renewed now is like being offline.
async function tokenBy(get) {
  try {
    return await get()
  } catch {
    throw new ApiError(0, 'offline', t.errors.offline)
  }
}

// The response to a call, its body unread. Options: body (an object), key
// (makes it safe to send again), signal, accept, anonymous.
export async function open(method, path, options = {}) {
  let token = options.anonymous ? null : await tokenBy(access)
  let response = await send(method, path, options, token)
  if (response.status === 401 && token) {
    const refused = token
    token = await tokenBy(() => refreshed(refused))
    if (token)
      response = await send(method, path, options, token)
  }
  watchers.forEach((watcher) => watcher(response.headers))
  if (!response.ok)
    throw await failure(response)
  return response
}

export async function call(method, path, options) {
  const response = await open(method, path, options)
  const text = await response.text()
  return text === '' ? null : JSON.parse(text)
}

export const newKey = () => crypto.randomUUID()
