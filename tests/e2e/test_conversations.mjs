#!/usr/bin/env node
// The list: names, order, archive, search, sharing, taking along, removing.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'

import { until } from './browser.mjs'
import { suite } from './suite.mjs'

const head = (person) => person.button('Conversation')

suite((world) => {
  test('rename, pin, archive', async () => {
    const ann = await world.person()
    await ann.ask('the first one')
    await ann.page.getByRole('link', { name: 'New chat' }).click()
    await ann.ask('the second one')
    await until(async () => (await ann.titles()).join() ===
      'the second one,the first one', 'both')

    await ann.menu(head(ann), 'Rename')
    await ann.page.getByLabel('Title').fill('A better name')
    await ann.button('Save').click()
    await ann.page.getByRole('heading', { name: 'A better name' }).waitFor()

    await ann.menu(ann.button('More about the first one'), 'Pin')
    await until(async () => (await ann.titles()).join() ===
      'the first one,A better name', 'the pinned one on top')

    await ann.menu(head(ann), 'Archive')
    await until(async () => (await ann.titles()).join() === 'the first one',
      'the archived one is gone')
    await ann.page.reload()
    await ann.button('Archived').click()
    await until(async () => (await ann.titles()).join() === 'A better name',
      'the archive')
    await ann.menu(ann.button('More about A better name'),
      'Move out of the archive')
    await ann.button('All conversations').click()
    await until(async () => (await ann.titles()).length === 2, 'both again')
  })

  test('search', async () => {
    const ann = await world.person()
    await ann.ask('tell me about zebras')
    await ann.page.getByRole('link', { name: 'New chat' }).click()
    await ann.ask('tell me about lions')
    const box = ann.page.getByRole('searchbox')
    await box.fill('zebra')
    await until(async () => (await ann.titles()).join() ===
      'tell me about zebras', 'what was sought')
    await ann.page.locator('.entry mark').first().waitFor()
    await ann.page.getByRole('heading', { name: 'tell me about lions' })
      .waitFor() // what is open stays so
    await ann.accessible('search')
    await ann.picture('search')
    await box.fill('giraffe')
    await ann.page.getByText('Nothing found.').waitFor()
    await ann.button('Clear search').click()
    await until(async () => (await ann.titles()).length === 2, 'all')
  })

  test('share, read without an account, revoke', async () => {
    const ann = await world.person()
    await ann.ask('hello **you**')
    await ann.button('Share').click()
    await ann.button('Create link').click()
    const link = await ann.page
      .getByRole('textbox', { name: 'Link' }).inputValue()
    assert.match(link, /\/shared\/[\w-]{20,}$/)

    const bob = await world.stranger()
    await bob.page.goto(link)
    await bob.page.locator('.markdown').waitFor()
    assert.deepEqual(await bob.prompts(), ['hello **you**'])
    assert.equal(await bob.page.getByRole('textbox').count(), 0)
    await bob.accessible('shared')
    await bob.picture('shared')

    await ann.button('Stop sharing').click()
    await ann.page.getByText('do not work any more').waitFor()
    await bob.page.reload()
    await bob.page.getByText('This link does not work (any more).').waitFor()
  })

  test('export', async () => {
    const ann = await world.person()
    await ann.ask('take me along')
    for (const [item, ending] of [['Export as Markdown', '.md'],
      ['Export as JSON', '.json']]) {
      const [file] = await Promise.all([ann.page.waitForEvent('download'),
        ann.menu(head(ann), item)])
      assert.equal(file.suggestedFilename(), `take-me-along${ending}`)
      const text = fs.readFileSync(await file.path(), 'utf8')
      assert.ok(text.includes('[GPT] Echo: take me along'), text)
    }
  })

  test('delete', async () => {
    const ann = await world.person()
    await ann.ask('a secret')
    const address = ann.page.url()
    await ann.menu(head(ann), 'Delete')
    await ann.page.getByRole('dialog').getByText('“a secret”').waitFor()
    await ann.accessible('delete')
    await ann.picture('delete')
    await ann.button('Cancel').click()
    assert.equal(ann.page.url(), address)
    await ann.menu(head(ann), 'Delete')
    await ann.button('Delete').click()
    await until(async () => (await ann.titles()).length === 0, 'it is gone')
    await ann.page.goto(address)
    await ann.page.getByText('This conversation does not exist').waitFor()
  })

  test('a conversation of somebody else', async () => {
    const ann = await world.person()
    await ann.ask('mine')
    const bob = await world.person()
    await bob.page.goto(ann.page.url())
    await bob.page.getByText('This conversation does not exist').waitFor()
  })

  test('more than a page of them', async () => {
    const ann = await world.person()
    for (let i = 0; i < 45; i++)
      await ann.api('POST', '/v1/conversations',
        { metadata: { title: `number ${i}` } })
    await ann.page.reload()
    await ann.button('Show more').click()
    await until(async () => (await ann.titles()).length === 45, 'all')
  })
})
