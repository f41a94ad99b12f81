// Load with a ledger: users chat without pause, and every turn the service
// acknowledged is written down at once, to be looked for afterwards.
//
//	load.mjs URL CA-FILE LEDGER USERS
//
// A line of the ledger is: user, turn's id, md5 of prompt and answer. A prompt
// is never used twice, and one that met no answer, or an error of the server,
// is sent again with its Idempotency-Key until it is answered; so a turn that
// exists twice shows. Odd users have the server's daily limit and keep asking,
// three requests at once, when it is used up; even ones are meant to be given a
// high one, and every fourth of them has its answers streamed. SIGUSR1 tells the gap in service
// since the last one, on a line of its own; SIGTERM ends the load and tells
// the counts.

import crypto from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'

const [url, caFile, ledgerFile, users] = process.argv.slice(2)
const agent = new https.Agent({
  keepAlive: true, ca: fs.readFileSync(caFile), maxSockets: 1000,
})
const ledger = fs.openSync(ledgerFile, 'a')
const counts = { acknowledged: 0, streamed: 0, refused: 0, retried: 0 }
const failures = {}
let stopping = false
let lastSuccess = Date.now()
let gap = 0

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function call(path, token, body, headers = {}) {
  return new Promise((resolve) => {
    const data = JSON.stringify(body)
    const failed = (error) => resolve({ status: 0, code: error.code })
    const req = https.request(url + path, {
      agent, method: 'POST', timeout: 30000,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(data),
        ...(token && { Authorization: `Bearer ${token}` }), ...headers,
      },
    }, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk) => { text += chunk })
      res.on('end', () => resolve({ status: res.statusCode, text }))
      res.on('error', failed)
    })
    req.on('timeout', () => req.destroy(new Error('timeout')))
    req.on('error', failed)
    req.end(data)
  })
}

function parse(text) {
  try { return JSON.parse(text) } catch { return {} }
}

// What a stream ended with: the turn, why there is none, or nothing when it was
// cut.
function streamedTurn(text) {
  const [, name, data] = /^event: (done|error)\ndata: (.*)$/m.exec(text) ?? []
  if (name === 'error')
    return { status: parse(data).code }
  return parse(data ?? '')
}

function served() {
  const now = Date.now()
  gap = Math.max(gap, now - lastSuccess)
  lastSuccess = now
}

function failed(reply) {
  const key = reply.status || reply.code || 'cut'
  failures[key] = (failures[key] ?? 0) + 1
}

// Until it is answered; a lost answer is asked for again.
async function insist(path, token, body, headers) {
  for (;;) {
    const reply = await call(path, token, body, headers)
    if (reply.status > 0 && reply.status < 500)
      return reply
    failed(reply)
    counts.retried++
    await sleep(100)
  }
}

async function signUp(name) {
  const account = {
    username: name, email: `${name}@example.com`, password: `pass of ${name}`,
  }
  const reply = await insist('/auth/signup', null, account)
  if (reply.status !== 201)
    throw new Error(`signing up: ${reply.status} ${reply.text}`)
  const token = parse(reply.text).access_token
  const started = await insist('/chat/start_conversation', token, {},
    { 'Idempotency-Key': `${name}-conversation` })
  return { token, conversation: parse(started.text).conversation_number }
}

function note(user, turn) {
  const hash = crypto.createHash('md5')
    .update(turn.prompt + '\n' + turn.response).digest('hex')
  fs.writeSync(ledger, `${user}\t${turn.id}\t${hash}\n`)
  counts.acknowledged++
  served()
}

// One message, until it is acknowledged or refused.
async function say(user, me, prompt, stream) {
  const key = { 'Idempotency-Key': prompt }
  const body = {
    model: 'gpt', prompt, conversation_number: me.conversation, stream,
  }
  for (;;) {
    const reply = await insist('/chat/', me.token, body, key)
    if (reply.status === 429) {
      counts.refused++
      return false
    }
    if (reply.status !== 200)
      throw new Error(`chatting: ${reply.status} ${reply.text}`)
    const turn = stream ? streamedTurn(reply.text) : parse(reply.text)
    if (turn.id && !turn.status) {
      note(user, turn)
      counts.streamed += stream ? 1 : 0
      return true
    }
    failed({ code: turn.status ?? 'cut' })
    // A turn that was interrupted is what this key stands for from now on.
    if (turn.status && turn.status !== 'running')
      return true
    counts.retried++
    await sleep(100)
  }
}

async function lane(user, me, name, stream) {
  for (let i = 0; !stopping; i++) {
    const more = await say(user, me, `${user} says ${name}${i} in a few words`,
      stream)
    await sleep(more ? 20 : 500)
  }
}

async function chat(number) {
  const user = `user${number}`
  const me = await signUp(user)
  // Those with a limit press on it from three sides.
  const lanes = number % 2 === 0 ? ['a'] : ['a', 'b', 'c']
  await Promise.all(lanes.map((name) =>
    lane(user, me, name, number % 8 === 0)))
}

process.on('SIGUSR1', () => {
  console.log(JSON.stringify({ gap_ms: gap, ...counts, failures }))
  gap = 0
})
process.on('SIGTERM', () => { stopping = true })
await Promise.all(Array.from({ length: Number(users) }, (_, i) => chat(i + 1)))
console.log(JSON.stringify({ ...counts, failures }))
process.exit(0)
