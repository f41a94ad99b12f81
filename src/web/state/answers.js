// Answers on their way. The server owns an answer: whoever lost the
// connection asks for the events behind the last one seen, until it ends.

import { events } from '../core/sse.js'
import { ApiError, call, open } from '../core/http.js'
import { statusFrom } from './turns.js'
import { t } from '../strings.js'

const WAIT_MIN_MS = 400
const WAIT_MAX_MS = 8000
const SILENCE_MS = 45000 // a connection this quiet may be dead: ask anew

const ENDS = new Set(['response.completed', 'response.failed',
  'response.incomplete', 'response.cancelled'])

const following = new Map() // by the turn's id

// A moment, or until the network is back if that comes first.
function pause(ms) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      window.removeEventListener('online', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    window.addEventListener('online', end)
  })
}

// An AbortController for one connection, which also ends when the browser
// knows that the network is gone, or after a long silence.
function watch(signal) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let timer
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(abort, SILENCE_MS)
  }
  window.addEventListener('offline', abort)
  signal.addEventListener('abort', abort)
  heard()
  return { signal: controller.signal, heard, end() {
    clearTimeout(timer)
    window.removeEventListener('offline', abort)
    signal.removeEventListener('abort', abort)
    controller.abort()
  } }
}

function finish(turn, response) {
  const problem = response?.error?.message ?? ''
  const reason = response?.incomplete_details?.reason
  turn.problem.value = problem
  turn.status.value = reason === 'max_output_tokens' ? 'cut'
    : statusFrom(response?.status)
}

// Takes one event; true when it was the last.
function apply(turn, data, onStart) {
  if (data.sequence_number !== undefined) {
    if (data.sequence_number <= turn.seen)
      return false
    turn.seen = data.sequence_number
  }
  if (data.type === 'response.created')
    onStart?.(data.response)
  else if (data.type === 'response.output_text.delta')
    turn.text.value += data.delta
  else if (data.type === 'error')
    throw new ApiError(500, data.code ?? '', data.message)
  if (!ENDS.has(data.type))
    return false
  finish(turn, data.response)
  return true
}

async function read(turn, ask, onStart, signal) {
  const wire = watch(signal)
  try {
    const response = await ask(wire.signal)
    turn.lost.value = false
    for await (const { data } of events(response)) {
      wire.heard()
      if (data !== '[DONE]' && apply(turn, JSON.parse(data), onStart))
        return true
    }
    return false
  } finally {
    wire.end()
  }
}

// Until the answer is whole; started() says whether the server knows of it,
// so that its events can be asked for by id.
async function persist(turn, create, onStart, signal) {
  let started = create === null
  let wait = WAIT_MIN_MS
  const start = (response) => {
    started = true
    onStart?.(response)
  }
  const resume = (abort) => open('GET', `/v1/responses/${turn.id}?stream=true` +
    (turn.seen < 0 ? '' : `&starting_after=${turn.seen}`), { signal: abort })
  while (!signal.aborted) {
    const seen = turn.seen
    try {
      if (await read(turn, started ? resume : create, start, signal))
        return
    } catch (error) {
      if (error instanceof ApiError && !error.passes)
        throw error
    }
    turn.lost.value = !signal.aborted
    wait = turn.seen > seen ? WAIT_MIN_MS : Math.min(wait * 2, WAIT_MAX_MS)
    await pause(wait)
  }
}

async function run(turn, create, onStart) {
  const controller = new AbortController()
  const entry = { turn, controller }
  following.set(turn, entry)
  try {
    await persist(turn, create, onStart, controller.signal)
  } finally {
    turn.lost.value = false
    following.delete(turn)
  }
}

// Begin a turn: body is that of POST /v1/responses. It is sent with a key, so
// that a retry nobody saw the answer of is the same turn. Throws an ApiError
// when it was refused; onStart gets the response as it begins.
export function begin(turn, body, key, onStart) {
  return run(turn, (signal) => open('POST', '/v1/responses',
    { body: { ...body, stream: true, store: true }, key, signal,
      accept: 'text/event-stream' }), onStart)
}

// Go on with a turn that runs at the server already. False when that is done
// already.
export async function follow(turn) {
  if (following.has(turn))
    return false
  turn.seen = -1
  turn.text.value = ''
  try {
    await run(turn, null)
  } catch (error) {
    turn.status.value = 'failed'
    turn.problem.value = error.message || t.errors.unknown
  }
  return true
}

export async function stop(turn) {
  await call('POST', `/v1/responses/${turn.id}/cancel`, { body: {} })
}

// Nobody looks any more: the answer goes on without us.
export function leave(turn) {
  following.get(turn)?.controller.abort()
}
