// The browser, and people in it: each has a window of their own, signed in.
// A page that throws, or that the Content-Security-Policy had to stop, fails
// the test it was in.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { chromium } from 'playwright-core'

export const PASSWORD = 'a horse of another colour'
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true,
  hasTouch: true }

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
  'best-practice']
const WAIT_MS = 30000

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
      '--disable-background-networking', '--disable-component-update',
      '--disable-sync'],
  })
}

let people = 0

// The server and the browser, once a suite has begun.
export class World {
  constructor(pictures) {
    this.pictures = pictures
    this.contexts = []
    this.problems = []
  }

  async context(options = {}) {
    const context = await this.browser.newContext({
      ignoreHTTPSErrors: true, baseURL: this.server.base,
      viewport: { width: 1280, height: 800 }, ...options })
    context.setDefaultTimeout(WAIT_MS)
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))
    })
    context.on('weberror', (error) =>
      this.problems.push(String(error.error().stack)))
    context.on('console', (message) => {
      if (message.text().startsWith('policy:'))
        this.problems.push(message.text())
    })
    this.contexts.push(context)
    return context
  }

  // A window nobody is signed in at.
  async stranger(options) {
    const context = await this.context(options)
    return new Person(this, context, await context.newPage())
  }

  // Somebody with an account, signed in, at the path.
  async person(at = '/', options = {}) {
    const name = `ann${++people}`
    const context = await this.context()
    const reply = await context.request.post('/auth/signup', { data: {
      username: name, email: `${name}@example.com`, password: PASSWORD } })
    assert.equal(reply.status(), 201, await reply.text())
    const tokens = await reply.json()
    return this.windowOf(name, tokens, at, options)
  }

  async windowOf(name, tokens, at = '/', options = {}) {
    const value = JSON.stringify({ access: tokens.access_token,
      refresh: tokens.refresh_token })
    const context = await this.context({ ...options, storageState: {
      cookies: [], origins: [{ origin: this.server.base,
        localStorage: [{ name: 'aichat.tokens', value }] }] } })
    const person = new Person(this, context, await context.newPage())
    person.name = name
    person.token = tokens.access_token
    await person.page.goto(at)
    await person.page.locator('#main').waitFor()
    return person
  }

  async end() {
    await Promise.all(this.contexts.map((context) => context.close()))
    const problems = this.problems
    this.contexts = []
    this.problems = []
    assert.deepEqual(problems, [])
  }
}

export class Person {
  constructor(world, context, page) {
    Object.assign(this, { world, context, page })
  }

  button(name, within = this.page) {
    return within.getByRole('button', { name, exact: true })
  }

  async menu(button, item) {
    await button.click()
    await this.page.getByRole('menuitem', { name: item, exact: true }).click()
  }

  get composer() {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }

  async send(prompt) {
    await this.composer.fill(prompt)
    await this.composer.press('Enter')
  }

  // Until nothing is being written any more.
  async answered() {
    await this.button('Send').waitFor()
    await this.page.locator('.answer[aria-busy=true]')
      .waitFor({ state: 'detached' })
  }

  async ask(prompt) {
    await this.send(prompt)
    await this.page.locator('.bubble', { hasText: prompt.slice(0, 30) }).last()
      .waitFor()
    await this.answered()
  }

  prompts() {
    return this.page.locator('.bubble').allInnerTexts()
  }

  answers() {
    return this.page.locator('.markdown').allInnerTexts()
  }

  async titles() {
    return this.page.locator('.entry-title').allInnerTexts()
  }

  api(method, url, data) {
    return this.context.request.fetch(url, { method, data,
      headers: { authorization: `Bearer ${this.token}` } })
  }

  // Nothing a tool can find against WCAG 2.2 AA.
  async accessible(view) {
    await this.page.evaluate(fs.readFileSync(AXE, 'utf8'))
    const { violations } = await this.page.evaluate((tags) =>
      window.axe.run(document, { runOnly: tags }), WCAG)
    assert.deepEqual(violations.map(({ id, nodes }) => `${view}: ${id}: ` +
      nodes.map(({ html }) => html.slice(0, 200)).join('\n')), [])
  }

  async picture(name) {
    await this.page.screenshot({ animations: 'disabled',
      path: path.join(this.world.pictures, `${name}.png`) })
  }
}

// Until a condition holds; what is the last thing it said.
export async function until(condition, what) {
  const end = Date.now() + WAIT_MS
  for (;;) {
    if (await condition())
      return
    assert.ok(Date.now() < end, `in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const words = (n) =>
  Array.from({ length: n }, (_, i) => `word${i + 1}`).join(' ')
