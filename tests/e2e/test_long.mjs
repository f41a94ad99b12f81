#!/usr/bin/env node
// A conversation of 2,000 turns: only what is near the window exists.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { until } from './browser.mjs'
import { suite } from './suite.mjs'

const TURNS = 2000

async function seed(world, person) {
  const { id } = await (await person.api('POST', '/v1/conversations',
    { metadata: { title: 'A long one' } })).json()
  // A turn's id is the time, a counter, and the conversation's number.
  world.server.sql(`
    INSERT INTO turns (user_id, conversation, id, status, model, prompt,
      response, prompt_tokens, response_tokens, created_at, finished_at)
    SELECT c.user_id, c.number, (lpad(to_hex(1700000000000 + i * 1000), 12,
      '0') || '700080000000' || lpad(to_hex(c.number), 8, '0'))::text
      ::uuid, 'completed', 'gpt', 'Question ' || i,
      'Answer ' || i || E'\\n\\n' || repeat('Some words of it. ', i % 40),
      2, 3, now() - (2000 - i) * interval '1 minute', now()
    FROM conversations c JOIN users u ON u.id = c.user_id,
      generate_series(1, ${TURNS}) i WHERE u.username = '${person.name}'`)
  return id
}

suite((world) => {
  test('a conversation of 2,000 turns', async () => {
    const ann = await world.person()
    await ann.page.goto(`/#/c/${await seed(world, ann)}`)
    const last = ann.page.getByText(`Question ${TURNS}`, { exact: true })
    await last.waitFor()
    const rows = () => ann.page.locator('.row').count()
    assert.ok(await rows() < 40)

    // Up to the first: pages are loaded on the way, and nothing jumps.
    const box = ann.page.locator('.scroller')
    await until(async () => {
      await box.evaluate((node) => {
        node.scrollTop = 0
      })
      assert.ok(await rows() < 40)
      return await ann.page.getByText('Question 1', { exact: true })
        .count() === 1
    }, 'the first turn')

    await box.evaluate((node) => {
      node.scrollTop = node.scrollHeight / 2
    })
    await ann.page.waitForTimeout(100)
    const place = () => ann.page.evaluate(() => {
      const top = document.querySelector('.scroller').getBoundingClientRect()
      const row = [...document.querySelectorAll('.row')].find((node) =>
        node.getBoundingClientRect().bottom > top.top + 1)
      return `${row.querySelector('.bubble').textContent} ` +
        Math.round(row.getBoundingClientRect().top)
    })
    const before = await place()
    await ann.page.waitForTimeout(200)
    assert.equal(await place(), before)

    await ann.button('To the latest message').click()
    await last.waitFor()
  })
})
