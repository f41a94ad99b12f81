#!/usr/bin/env node
// Asking and reading: streams, stopping, branches, the day's limit.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { until, words } from './browser.mjs'
import { suite } from './suite.mjs'

suite((world) => {
  test('an answer grows, and is there after a reload', async () => {
    const ann = await world.person()
    await ann.send(words(150))
    await ann.page.locator('.markdown').waitFor()
    const early = (await ann.answers())[0]
    await ann.answered()
    const whole = (await ann.answers())[0]
    assert.equal(whole, `[GPT] Echo: ${words(150)}`)
    assert.ok(early.length < whole.length && whole.startsWith(early))
    await ann.page.getByText('99 messages left today').waitFor()

    assert.match(ann.page.url(), /#\/c\/conv_/)
    await ann.page.reload()
    await until(async () => (await ann.answers())[0] === whole, 'the answer')
    assert.deepEqual(await ann.prompts(), [words(150)])
  })

  test('stopped, and what had come is kept', async () => {
    const ann = await world.person()
    await ann.send(words(400))
    await ann.page.locator('.markdown', { hasText: 'word5 ' }).waitFor()
    await ann.picture('streaming')
    await ann.button('Stop').click()
    await ann.answered()
    await ann.page.getByText('Stopped.').waitFor()
    const kept = (await ann.answers())[0]
    assert.ok(kept.includes('word5') && !kept.includes('word400'))
    await ann.page.reload()
    await until(async () => (await ann.answers())[0] === kept, 'what had come')
  })

  test('answered again, edited, and back', async () => {
    const ann = await world.person()
    await ann.ask('first')
    await ann.ask('second')
    await ann.button('Answer again').last().click()
    await ann.answered()
    await ann.page.getByText('2/2').waitFor()
    await ann.accessible('branches')
    await ann.picture('branches')
    await ann.button('Previous version').click()
    await ann.page.getByText('1/2').waitFor()

    // A first prompt can be edited as well: what follows is another path.
    await ann.page.locator('.prompt').first().hover()
    await ann.button('Edit message').first().click()
    await ann.picture('editing')
    const editor = ann.page.getByRole('textbox', { name: 'Your message' })
    await editor.fill('another first')
    await editor.press('Enter')
    await until(async () =>
      (await ann.prompts()).join() === 'another first', 'the new path')
    await ann.answered()
    await ann.ask('and on')
    await ann.page.reload()
    await until(async () => (await ann.prompts()).join() ===
      'another first,and on', 'the path talked in last')
    await ann.button('Previous version').click()
    await until(async () =>
      (await ann.prompts()).join() === 'first,second', 'the old path')
  })

  test('another model', async () => {
    const ann = await world.person()
    await ann.button('Model: gpt').click()
    await ann.page.getByRole('menuitemradio', { name: /^claude/ }).click()
    await ann.ask('What is AI?')
    await ann.page.locator('.answer-model', { hasText: 'claude' }).waitFor()
    assert.equal(await ann.page.evaluate(() =>
      localStorage.getItem('aichat.model')), 'claude')
    await ann.menu(ann.button('More').last(), 'Answer again with gemini')
    await ann.page.locator('.answer-model', { hasText: 'gemini' }).waitFor()
    await ann.answered()
  })

  test('a new chat from here', async () => {
    const ann = await world.person()
    await ann.ask('one')
    await ann.ask('two')
    const old = ann.page.url()
    await ann.menu(ann.button('More').first(), 'Go on in a new chat')
    await until(() => ann.page.url() !== old, 'a new address')
    await until(async () => (await ann.prompts()).join() === 'one', 'one turn')
  })

  test('the day’s limit: nothing is lost', async () => {
    const ann = await world.person()
    world.server.sql(`UPDATE users SET daily_limit = 1
      WHERE username = '${ann.name}'`)
    await ann.ask('my last one')
    await ann.page.getByText('You have used today’s 1 message.').waitFor()
    await ann.composer.fill('one more')
    await ann.accessible('used up')
    await ann.picture('used-up')
    assert.ok(await ann.button('Send').isDisabled())
    await ann.page.reload()
    await until(async () => await ann.composer.inputValue() === 'one more',
      'the draft')
  })

  test('a refused message comes back into the box', async () => {
    const ann = await world.person()
    world.server.sql(`UPDATE users SET daily_limit = 0
      WHERE username = '${ann.name}'`)
    await ann.send('dear me')
    await ann.page.locator('.toast.error').waitFor()
    assert.equal(await ann.composer.inputValue(), 'dear me')
    assert.deepEqual(await ann.prompts(), [])
  })

  test('by keyboard alone', async () => {
    const ann = await world.person()
    await until(() => ann.page.evaluate(() =>
      document.activeElement.tagName === 'TEXTAREA'), 'the focus')
    await ann.page.keyboard.type('line one')
    await ann.page.keyboard.press('Shift+Enter')
    await ann.page.keyboard.type('line two')
    await ann.page.keyboard.press('Enter')
    await ann.page.locator('.bubble').waitFor()
    await ann.answered()
    assert.deepEqual(await ann.prompts(), ['line one\nline two'])

    await ann.button('Conversation').focus()
    const menu = ann.page.locator('.menu [role=menuitem]:focus')
    await ann.page.keyboard.press('Enter')
    await menu.waitFor()
    await ann.page.keyboard.press('ArrowDown')
    await ann.page.keyboard.press('Enter') // Pin
    await ann.page.getByRole('heading', { name: 'Pinned' }).waitFor()
    await ann.page.keyboard.press('Enter')
    await menu.waitFor()
    await ann.page.keyboard.press('Home')
    await ann.page.keyboard.press('Enter') // Rename
    await ann.page.keyboard.press('Control+A')
    await ann.page.keyboard.type('By keyboard')
    await ann.page.keyboard.press('Enter')
    await until(async () => (await ann.titles()).includes('By keyboard'),
      'the new title')
  })

  test('an answer is read out', async () => {
    const ann = await world.person()
    const live = ann.page.locator('[aria-live=polite][role=log]')
    await ann.send(Array.from({ length: 60 },
      (_, i) => `Sentence ${i}.`).join(' '))
    await live.getByText('The answer begins.').waitFor()
    await live.getByText('Sentence 1.').waitFor()
    await ann.answered()
    await live.getByText('The answer is complete.').waitFor()
    assert.equal(await live.innerText().then((said) =>
      said.includes('Sentence 1.')), false)
  })
})
