#!/usr/bin/env node
// What goes wrong in mid-answer, and how it goes on.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { until, words } from './browser.mjs'
import { suite } from './suite.mjs'

const LONG = words(150)
const ECHO = `[GPT] Echo: ${LONG}`

async function halfWay(person) {
  await person.send(LONG)
  await person.page.locator('.markdown', { hasText: 'word20 ' }).waitFor()
}

async function whole(person) {
  await person.answered()
  assert.deepEqual(await person.answers(), [ECHO])
}

suite((world) => {
  test('offline, and back', async () => {
    const ann = await world.person()
    await halfWay(ann)
    await ann.context.setOffline(true)
    await ann.page.getByText('Connection lost.').waitFor()
    await ann.picture('lost')
    const before = (await ann.answers())[0]
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.deepEqual(await ann.answers(), [before])
    await ann.context.setOffline(false)
    await whole(ann)
    assert.equal(world.server.sql(`SELECT count(*) FROM turns t, users u
      WHERE u.id = t.user_id AND u.username = '${ann.name}'`), '1')
  })

  test('a reload', async () => {
    const ann = await world.person()
    await halfWay(ann)
    await ann.page.reload()
    await ann.page.locator('.answer[aria-busy=true]').waitFor()
    await whole(ann)
  })

  test('a message sent while offline stays in the box', async () => {
    const ann = await world.person()
    await ann.ask('before')
    await ann.context.setOffline(true)
    await ann.send('meanwhile')
    await ann.page.locator('.thinking, .lost').waitFor()
    await ann.context.setOffline(false)
    await until(async () => (await ann.answers()).at(-1) ===
      '[GPT] Echo: meanwhile', 'the answer')
    assert.equal(world.server.sql(`SELECT count(*) FROM turns t, users u
      WHERE u.id = t.user_id AND u.username = '${ann.name}'`), '2')
  })

  test('why an answer failed is told after a reload, too', async () => {
    const ann = await world.person()
    await ann.ask('why')
    world.server.sql(`UPDATE turns SET status = 'failed',
      error_code = 'upstream_busy' WHERE user_id =
      (SELECT id FROM users WHERE username = '${ann.name}')`)
    await ann.page.reload()
    await ann.page.getByText('The model is overloaded').waitFor()
    await ann.button('Try again').waitFor()
  })

  test('a killed worker', async () => {
    const ann = await world.person()
    await halfWay(ann)
    world.server.killWorkers()
    await ann.page.getByText(/answer was interrupted/)
      .waitFor({ timeout: 30000 })
    await ann.accessible('interrupted')
    await ann.picture('interrupted')
    const [kept] = await ann.answers()
    assert.ok(ECHO.startsWith(kept), kept)
    await ann.button('Try again').click()
    await ann.page.getByText('2/2').waitFor()
    await whole(ann)
  })
})
