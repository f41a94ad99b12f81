#!/usr/bin/env node
// Every view, light and dark, on a desk and on a phone: a picture of each, and
// nothing in them that WCAG 2.2 AA forbids. That is looked for in two of the
// four, which have both colours and both layouts.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PHONE } from './browser.mjs'
import { suite } from './suite.mjs'

const RICH = `Here is a small **HTTP server** in Go.

## The code

\`\`\`go
package main

import "net/http"

// hello greets whoever asks.
func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Hello, %s!\\n", r.URL.Path[1:])
}
\`\`\`

Run it with \`go run .\` and open [localhost](http://localhost:8080).

| Language | Lines | Memory |
|:--|--:|--:|
| Go | 21 | 6 MB |
| C | 64 | 1 MB |

1. The handler runs in its **own goroutine**.
2. \`ListenAndServe\` returns only when it fails.
   - So check its error.

- [x] tested
- [ ] measured

> Simplicity is prerequisite for reliability.`

const TITLES = ['Quarterly report outline', 'Regex for IPv6 addresses',
  'Trip to Lisbon in May', 'Why does free() crash here?']

const SETTINGS = ['account', 'usage', 'security', 'keys', 'data']

async function furnish(person) {
  for (const [i, title] of TITLES.entries())
    await person.api('POST', '/v1/conversations',
      { metadata: { title, ...(i === 0 ? { pinned: 'true' } : {}) } })
  const conversation = await (await person.api('POST', '/v1/conversations',
    { metadata: { title: 'A small HTTP server' } })).json()
  for (const input of ['Show me a small server', RICH])
    await person.api('POST', '/v1/responses',
      { model: 'gpt', input, conversation: conversation.id })
  await person.api('POST', '/auth/keys', { name: 'a script' })
  return conversation.id
}

async function look(person, name, suffix) {
  if (suffix === 'light-desktop' || suffix === 'dark-phone')
    await person.accessible(name)
  await person.picture(name)
}

async function lookAround(person, suffix, phone) {
  const { page } = person
  const see = (name) => look(person, `${name}-${suffix}`, suffix)
  const id = await furnish(person)
  await page.reload()
  await person.composer.waitFor()
  await see('new')
  await page.goto(`/#/c/${id}`)
  await page.locator('.markdown table').waitFor()
  await see('chat')
  await person.button('Conversation').click()
  await see('menu')
  await page.keyboard.press('Escape')
  await person.button('Share').click()
  await see('share')
  await page.keyboard.press('Escape')
  if (phone) {
    await person.button('Show conversations').click()
    await page.locator('.side.open').waitFor()
    await page.waitForTimeout(250)
    await see('list')
    await page.keyboard.press('Escape')
  }
  for (const tab of SETTINGS) {
    await page.goto(`/#/settings/${tab}`)
    await page.getByText('Loading …').waitFor({ state: 'detached' })
    await see(`settings-${tab}`)
  }
  await person.api('POST', '/auth/logout', { all: true })
  await page.reload()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await see('login')
  await page.goto('/#/signup')
  await see('signup')
}

suite((world) => {
  for (const colorScheme of ['light', 'dark'])
    for (const phone of [false, true]) {
      const suffix = `${colorScheme}-${phone ? 'phone' : 'desktop'}`
      test(`views, ${suffix}`, async () => {
        const person = await world.person('/',
          { colorScheme, ...(phone ? PHONE : {}) })
        await lookAround(person, suffix, phone)
      })
    }

  test('a theme that was chosen', async () => {
    const ann = await world.person('/', { colorScheme: 'dark' })
    await ann.button(`Account ${ann.name}`).click()
    await ann.page.getByRole('menuitemradio', { name: 'Light' }).click()
    const ground = () => ann.page.evaluate(() =>
      getComputedStyle(document.body).backgroundColor)
    assert.equal(await ground(), 'rgb(255, 255, 255)')
    await ann.page.reload()
    await ann.composer.waitFor()
    assert.equal(await ground(), 'rgb(255, 255, 255)')
  })
})
