#!/usr/bin/env node
// Several tabs of one person.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Person, until, words } from './browser.mjs'
import { suite } from './suite.mjs'

async function tab(person, at = person.page.url()) {
  const other = new Person(person.world, person.context,
    await person.context.newPage())
  await other.page.goto(at)
  await other.page.locator('#main').waitFor()
  return other
}

// As if the access token had run out: same claims, an hour ago.
function expire(person) {
  return person.page.evaluate(() => {
    const tokens = JSON.parse(localStorage.getItem('aichat.tokens'))
    const [head, body, mac] = tokens.access.split('.')
    const claims = JSON.parse(atob(body.replace(/-/g, '+').replace(/_/g, '/')))
    claims.exp = Math.floor(Date.now() / 1000) - 3600
    tokens.access = [head, btoa(JSON.stringify(claims)), mac].join('.')
    localStorage.setItem('aichat.tokens', JSON.stringify(tokens))
  })
}

suite((world) => {
  test('what one says, the other shows, while it is written', async () => {
    const ann = await world.person()
    await ann.ask('hello')
    const other = await tab(ann)
    await until(async () => (await other.answers()).length === 1, 'the turn')
    const prompt = words(150)
    await ann.send(prompt)
    await other.page.locator('.answer[aria-busy=true] .markdown',
      { hasText: 'word5 ' }).waitFor()
    await ann.answered()
    await other.answered()
    assert.deepEqual(await other.answers(),
      ['[GPT] Echo: hello', `[GPT] Echo: ${prompt}`])

    await other.button('Answer again').last().click()
    await other.answered()
    await until(async () => await ann.page.getByText('2/2').count() === 1,
      'the branch')
  })

  test('the list, the account, and the end', async () => {
    const ann = await world.person()
    const other = await tab(ann)
    await ann.ask('a new one')
    await until(async () => (await other.titles()).join() === 'a new one',
      'the list')
    await until(async () => await other.page.getByText('99 messages left')
      .count() === 1, 'the allowance')
    await ann.menu(ann.button(`Account ${ann.name}`), 'Log out')
    await other.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  })

  test('many tabs renew their token at once', async () => {
    const ann = await world.person()
    const others = await Promise.all(Array.from({ length: 5 },
      () => tab(ann)))
    await expire(ann)
    await Promise.all([ann, ...others].map(({ page }) => page.reload()))
    await Promise.all([ann, ...others].map((person) =>
      person.page.getByText('messages left today').waitFor()))
    await expire(ann)
    await others[0].ask('still here')
    await ann.page.reload()
    await ann.composer.waitFor()
    await until(async () => (await ann.titles()).join() === 'still here',
      'the list')
  })
})
