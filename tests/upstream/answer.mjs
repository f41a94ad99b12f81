// An answer being given: the dialect's frames put on the wire the way a play
// wants it. What waits ends when the client leaves.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { DIALECTS } from './dialects.mjs'

export class Answer {
  constructor(request, res, log) {
    this.request = request
    this.res = res
    this.log = log
    this.dialect = DIALECTS[request.protocol]
    this.eol = this.dialect.eol
    this.gone = new AbortController()
    res.on('close', () => this.gone.abort())
    res.on('error', () => {})
  }

  // How many requests with this very prompt came before.
  get earlier() {
    return this.log.filter((entry) =>
      entry.prompt === this.request.prompt).length - 1
  }

  head(status = 200, headers = {}) {
    this.res.writeHead(status, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      [this.dialect.requestId]: 'fake-request',
      ...headers })
    this.res.flushHeaders()
  }

  // A whole answer that is no stream of events.
  body(status, type, body, headers = {}) {
    this.res.writeHead(status, { 'content-type': type,
      [this.dialect.requestId]: 'fake-request',
      'content-length': Buffer.byteLength(body), ...headers })
    this.res.end(body)
  }

  fail(status, message, headers = {}, code = undefined) {
    const error = this.dialect.error(status, message, code)
    this.body(status, 'application/json; charset=UTF-8',
      JSON.stringify(error, null, 2), headers)
  }

  encode(frames) {
    return frames.map((frame) => typeof frame === 'string' ? frame :
      (frame.event ? `event: ${frame.event}${this.eol}` : '') +
      `data: ${frame.data}${this.eol}${this.eol}`).join('')
  }

  async write(bytes) {
    if (!this.res.write(bytes))
      await once(this.res, 'drain', { signal: this.gone.signal })
  }

  async say(frames) {
    await this.write(this.encode(frames))
  }

  async wait(ms) {
    await sleep(ms, undefined, { signal: this.gone.signal })
  }

  // As long as the client stays.
  async stall() {
    await this.wait(10 * 60 * 1000)
  }

  end() {
    this.res.end()
  }

  // Gone without a word, in the midst of whatever it was.
  async cut() {
    await this.wait(20)
    this.res.cutByUs = true
    this.res.socket.destroy()
  }
}
