// A model provider that can be told how to behave: it speaks the protocols of
// OpenAI, Anthropic and Gemini over HTTP and HTTPS, refuses what they would
// refuse, and plays what the prompt asks for (plays.mjs). It prints its ports
// as one line of JSON and ends with its parent, or after half an hour.
//
//   node fake_upstream.mjs CERTIFICATE KEY
//
//   GET /_log?find=TEXT   the requests whose prompt contains TEXT
//   GET /_state           connections and requests that are open, and more

import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'

import { Answer } from './answer.mjs'
import { check, refusal } from './checks.mjs'
import { play } from './plays.mjs'

const LIFETIME_MS = 30 * 60 * 1000
const LOG_MAX = 5000 // requests; the oldest are forgotten

// 127.0.0.2 is the same server under an address no certificate names.
const ADDRESSES = ['127.0.0.1', '127.0.0.2']

const log = []
const connections = new Set()
let accepted = 0
let trapped = 0
let requests = 0

function readBody(req) {
  return new Promise((resolve) => {
    const parts = []
    req.on('data', (part) => parts.push(part))
    req.on('end', () => resolve(Buffer.concat(parts).toString()))
    req.on('error', () => resolve(''))
  })
}

function sendJson(res, value) {
  const body = JSON.stringify(value)
  res.writeHead(200, { 'content-type': 'application/json',
    'content-length': Buffer.byteLength(body) })
  res.end(body)
}

function tellState(res) {
  sendJson(res, {
    connections: connections.size - 1,
    accepted: accepted - 1,
    requests,
    open: log.filter((entry) => !entry.over).length,
    refused: log.filter((entry) => entry.problems.length > 0),
    trapped,
  })
}

async function answer(req, res) {
  const begun = Date.now()
  const request = check(req, await readBody(req))
  const entry = { ...request, number: requests++, over: false,
    aborted: false, status: 0, ms: 0 }
  log.push(entry)
  if (log.length > LOG_MAX)
    log.shift()
  res.on('close', () => {
    entry.over = true
    entry.aborted = !res.writableFinished && !res.cutByUs
    entry.status = res.statusCode
    entry.ms = Date.now() - begun
  })
  const a = new Answer(request, res, log)
  if (request.problems.length > 0)
    refusal(a)
  else
    await play(a)
}

function serve(req, res) {
  const url = new URL(req.url, 'http://localhost')
  if (url.pathname === '/_log')
    sendJson(res, log.filter((entry) =>
      entry.prompt.includes(url.searchParams.get('find') ?? '')))
  else if (url.pathname === '/_state')
    tellState(res)
  else if (url.pathname === '/_trap') {
    trapped++
    sendJson(res, {})
  } else
    answer(req, res).catch((error) => {
      console.error(error)
      res.destroy()
    })
}

// Whoever asks leave to send a body has not read what we accept.
function refuseToContinue(req, res) {
  res.writeHead(417, { 'content-length': 0 })
  res.end()
}

function listen(make, port, address) {
  const server = make()
  server.on('request', serve)
  server.on('checkContinue', refuseToContinue)
  server.on('connection', (socket) => {
    accepted++
    connections.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => connections.delete(socket))
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, address, 1024, () => resolve(server.address().port))
  })
}

// The same port on all addresses; another suite may have taken it.
async function listenEverywhere(make) {
  for (;;) {
    const port = await listen(make, 0, ADDRESSES[0])
    try {
      for (const address of ADDRESSES.slice(1))
        await listen(make, port, address)
      return port
    } catch (error) {
      if (error.code !== 'EADDRINUSE')
        throw error
    }
  }
}

const parent = process.ppid
setInterval(() => process.ppid === parent || process.exit(), 500)
setTimeout(() => process.exit(), LIFETIME_MS)

const [certificate, key] = process.argv.slice(2)
const tls = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }
const ports = {
  http: await listenEverywhere(() => http.createServer()),
  https: await listenEverywhere(() => https.createServer(tls)),
}
console.log(JSON.stringify(ports))
