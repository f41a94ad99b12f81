// How an answer goes: the prompt says "play:NAME:ARGUMENT..." and the table at
// the end names what there is. Without one it is a greeting.

import crypto from 'node:crypto'
import zlib from 'node:zlib'

const GREETING = ['Hello', ' from', ' the', ' fake.']
const UNICODE = 'Grüße, 世界! 👋🏽 naïve ⏎'

async function begin(a) {
  a.head()
  await a.say(a.dialect.start())
}

async function finish(a, reason = 'stop') {
  await a.say(a.dialect.finish(reason))
  a.end()
}

async function deltas(a, texts, ms = 0) {
  for (const text of texts) {
    await a.say(a.dialect.delta(text))
    if (ms > 0)
      await a.wait(ms)
  }
}

function numbered(count) {
  return Array.from({ length: count }, (_, i) => `w${i + 1} `)
}

async function words(a, count = '4', ms = '0') {
  await begin(a)
  await deltas(a, numbered(Number(count)), Number(ms))
  await finish(a)
}

async function greeting(a) {
  await begin(a)
  await deltas(a, GREETING)
  await finish(a)
}

// Framing. Each of these is the same greeting.

async function framed(a, eol) {
  a.eol = { crlf: '\r\n', lf: '\n', cr: '\r' }[eol]
  await greeting(a)
}

async function bytes(a) {
  const frames = [...a.dialect.start(), ...a.dialect.delta(UNICODE),
    ...a.dialect.finish('stop')]
  a.head()
  for (const byte of Buffer.from(a.encode(frames))) {
    await a.write(Buffer.from([byte]))
    await new Promise(setImmediate)
  }
  a.end()
}

async function noBlank(a) {
  await begin(a)
  await deltas(a, GREETING)
  const end = a.encode(a.dialect.finish('stop'))
  await a.write(end.slice(0, -a.eol.length))
  a.end()
}

async function comments(a) {
  const noise = `: PROCESSING${a.eol}${a.eol}:${a.eol}id: 7${a.eol}` +
    `retry: 10${a.eol}${a.eol}event: nothing${a.eol}${a.eol}`
  await a.head()
  await a.write(`\ufeff${noise}`)
  await a.say(a.dialect.start())
  for (const text of GREETING) {
    await deltas(a, [text])
    await a.write(noise)
  }
  await finish(a)
}

async function unknown(a) {
  await begin(a)
  for (const text of GREETING) {
    await deltas(a, [text])
    await a.say(a.dialect.unknown())
  }
  await finish(a)
}

async function thoughts(a) {
  await begin(a)
  await a.say(a.dialect.thought('Nobody is to see this.'))
  await deltas(a, GREETING.slice(0, 2))
  await a.say(a.dialect.thought('Nor this.'))
  await deltas(a, GREETING.slice(2))
  await finish(a)
}

// Halves of a pair apart, then one that has no other half.
async function surrogates(a) {
  await begin(a)
  await a.write(a.encode([...a.dialect.delta('wave HIGH'),
    ...a.dialect.delta('LOW alone HIGH!')])
    .replaceAll('HIGH', '\\ud83d').replaceAll('LOW', '\\udc4b'))
  await finish(a)
}

// Ends that are none of a greeting.

async function finished(a, reason) {
  await begin(a)
  await deltas(a, GREETING)
  await finish(a, reason)
}

async function silent(a, reason) {
  await begin(a)
  await a.say(a.dialect.thought('All tokens went here.'))
  await finish(a, reason)
}

async function blocked(a) {
  a.head()
  await a.say(a.dialect.begin?.() ?? [])
  await a.say(a.dialect.blocked())
  a.end()
}

async function refusal(a) {
  await begin(a)
  await a.say(a.dialect.refusal('I would rather not.'))
  await finish(a, 'filter')
}

async function eof(a, count) {
  await begin(a)
  await deltas(a, numbered(Number(count)))
  a.end()
}

async function cut(a, count) {
  await begin(a)
  await deltas(a, numbered(Number(count)))
  await a.write(a.encode(a.dialect.delta('half an event')).slice(0, -20))
  await a.cut()
}

async function error(a, count) {
  await begin(a)
  await deltas(a, numbered(Number(count)))
  await a.say(a.dialect.streamError())
  await a.stall()
}

// Gemini's way: over several lines, and no event at all.
async function rawError(a, count) {
  const body = JSON.stringify(a.dialect.error(503, 'overloaded'), null, 2)
  await begin(a)
  await deltas(a, numbered(Number(count)))
  await a.write(body.replaceAll('\n', '\r\n') + '\r\n')
  a.end()
}

async function stall(a, count) {
  await begin(a)
  await deltas(a, numbered(Number(count)))
  await a.stall()
}

async function stallAfterHead(a) {
  a.head()
  await a.stall()
}

async function late(a, ms) {
  await a.wait(Number(ms))
  await greeting(a)
}

// Never silent for long, and never done.
async function drip(a, ms) {
  await begin(a)
  for (;;) {
    await a.write(':')
    await a.wait(Number(ms))
  }
}

// What is no stream of events.

async function garbage(a) {
  a.head()
  for (let i = 0; i < 64; i++)
    await a.write(crypto.randomBytes(1024))
  a.end()
}

async function notJson(a, count) {
  await begin(a)
  await deltas(a, numbered(Number(count)))
  await a.write(`data: {"broken${a.eol}${a.eol}`)
  await a.stall()
}

async function empty(a) {
  a.head()
  a.end()
}

async function json(a) {
  a.body(200, 'application/json', JSON.stringify({ text: 'Hello' }))
}

async function gzip(a) {
  a.body(200, 'text/event-stream', zlib.gzipSync(a.encode(
    [...a.dialect.start(), ...a.dialect.finish('stop')])),
  { 'content-encoding': 'gzip' })
}

// Much of it, as fast as it is taken.

async function big(a, size, chunk) {
  const text = 'x'.repeat(Number(chunk))
  await begin(a)
  for (let sent = 0; sent < Number(size); sent += text.length)
    await deltas(a, [text])
  await finish(a)
}

async function bigEvent(a, size) {
  a.head()
  await a.write('data: ')
  for (let sent = 0; sent < Number(size); sent += 65536)
    await a.write('x'.repeat(65536))
  await a.stall()
}

// Errors instead of an answer.

async function status(a, code) {
  a.fail(Number(code), 'as you wished')
}

async function html(a, code) {
  a.body(Number(code), 'text/html', '<html><h1>Bad Gateway</h1></html>')
}

async function quota(a) {
  a.body(429, 'application/json', JSON.stringify(a.dialect.quota()))
}

// In each one's way to say when to come back.
async function busy(a, seconds) {
  if (a.request.protocol !== 'gemini')
    return a.fail(429, 'slow down', { 'retry-after': seconds })
  const body = a.dialect.error(429, `Please retry in ${seconds}s.`)
  body.error.details = [{ '@type': 'type.googleapis.com/' +
    'google.rpc.RetryInfo', retryDelay: `${seconds}s` }]
  a.body(429, 'application/json', JSON.stringify(body))
}

async function redirect(a) {
  a.body(302, 'text/plain', '', {
    location: `http://${a.request.headers.host}/_trap` })
}

// So often, then a greeting.
async function fail(a, count, how, ...rest) {
  await (a.earlier < Number(count) ? PLAYS[how](a, ...rest) : greeting(a))
}

const PLAYS = {
  greeting, words, framed, bytes, 'no-blank': noBlank, comments, unknown,
  thoughts, surrogates, finished, silent, blocked, refusal, eof, cut, error,
  'raw-error': rawError, stall, 'stall-after-head': stallAfterHead,
  'stall-before-head': (a) => a.stall(), late, drip, garbage,
  'not-json': notJson, empty, json, gzip, big, 'big-event': bigEvent, status,
  html, quota, busy, redirect, fail,
}

export async function play(a) {
  const [, name, args] =
    a.request.prompt.match(/play:([a-z-]+)((?::[^\s:]+)*)/) ??
    [null, 'greeting', '']
  try {
    await PLAYS[name](a, ...args.split(':').slice(1))
  } catch (error) {
    if (error.code !== 'ABORT_ERR')
      throw error
  }
}
