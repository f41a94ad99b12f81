#!/usr/bin/env node
// The account's own pages.

import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import fs from 'node:fs'
import { test } from 'node:test'

import { PASSWORD, until } from './browser.mjs'
import { suite } from './suite.mjs'

// RFC 6238: the code of a moment.
function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/=+$/, '')].map((c) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2)
      .padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) =>
    parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30000)))
  const mac = crypto.createHmac('sha1', key).update(step).digest()
  const value = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff
  return String(value % 1e6).padStart(6, '0')
}

async function logIn(person, password) {
  await person.page.goto('/')
  await person.page.getByLabel('Username').fill(person.name)
  await person.page.getByLabel('Password', { exact: true }).fill(password)
  await person.button('Log in').click()
}

async function elsewhere(world, person) {
  const other = await world.stranger()
  other.name = person.name
  return other
}

suite((world) => {
  test('usage', async () => {
    const ann = await world.person()
    await ann.ask('count me')
    await ann.page.goto('/#/settings/usage')
    await ann.page.getByText('1 of 100 messages').waitFor()
    await ann.page.getByRole('img', { name: /Messages a day and model/ })
      .waitFor()
    await ann.page.getByText('As a table').click()
    const row = ann.page.getByRole('row', { name: /gpt/ })
    await row.waitFor()
    assert.match(await row.innerText(), /gpt\s+1\s/)
  })

  test('devices', async () => {
    const ann = await world.person()
    const phone = await elsewhere(world, ann)
    await logIn(phone, PASSWORD)
    await phone.composer.waitFor()
    await ann.page.goto('/#/settings/security')
    await ann.page.getByText('This device').waitFor()
    await ann.page.getByRole('button', { name: /^Log out Chrome/ }).click()
    await until(async () => await ann.page.locator('.rows li').count() === 1,
      'one device')
    await phone.page.reload()
    await phone.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await ann.page.reload()
    await ann.page.getByText('This device').waitFor()
  })

  test('password', async () => {
    const ann = await world.person('/#/settings/security')
    await ann.page.getByLabel('Current password').fill('not it, surely')
    await ann.page.getByLabel('New password').fill('a zebra in pyjamas')
    await ann.button('Change password').click()
    await until(async () => await ann.page.locator('.problem').first()
      .innerText() !== '', 'a refusal')
    await ann.page.getByLabel('Current password').fill(PASSWORD)
    await ann.button('Change password').click()
    await ann.page.getByText('Your password is changed.').waitFor()
    await ann.page.reload()
    await ann.page.getByText('This device').waitFor()
    const again = await elsewhere(world, ann)
    await logIn(again, 'a zebra in pyjamas')
    await again.composer.waitFor()
  })

  test('a second step', async () => {
    const ann = await world.person('/#/settings/security')
    await ann.button('Set up').click()
    await ann.page.locator('form', { hasText: 'Set up' })
      .getByLabel('Current password').fill(PASSWORD)
    await ann.button('Set up').click()
    await ann.page.getByRole('img', { name: /^QR code/ }).waitFor()
    const secret = await ann.page.getByLabel('Key', { exact: true })
      .inputValue()
    await ann.accessible('set-up')
    await ann.picture('set-up')
    await ann.page.getByLabel('Six-digit code').fill(totp(secret))
    await ann.button('Turn on').click()
    await ann.page.getByRole('heading', { name: 'Recovery codes' }).waitFor()
    await ann.accessible('codes')
    await ann.picture('codes')
    const [code] = await ann.page.locator('.codes code').allInnerTexts()
    await ann.button('Done').click()
    await ann.page.getByText('On. Each log-in asks').waitFor()

    const phone = await elsewhere(world, ann)
    await logIn(phone, PASSWORD)
    const box = phone.page.getByLabel('Code from your authenticator app')
    await phone.accessible('second-step')
    await phone.picture('second-step')
    await box.fill('000000')
    await phone.button('Verify').click()
    await until(async () => await phone.page.getByRole('alert')
      .innerText() !== '', 'a refusal')
    await box.fill(code)
    await phone.button('Verify').click()
    await phone.composer.waitFor()
  })

  test('API keys', async () => {
    const ann = await world.person('/#/settings/keys')
    await ann.page.getByText('You have no keys.').waitFor()
    await ann.page.getByLabel('Name').fill('a script')
    await ann.button('Create key').click()
    const key = await ann.page
      .getByRole('textbox', { name: 'a script' }).inputValue()
    const call = () => ann.context.request.get('/v1/models',
      { headers: { authorization: `Bearer ${key}` } })
    assert.equal((await call()).status(), 200)
    await ann.page.keyboard.press('Escape')
    await ann.button('Revoke a script').click()
    await ann.button('Revoke').click()
    await ann.page.getByText('You have no keys.').waitFor()
    const refused = await ann.context.request.get('/v1/conversations',
      { headers: { authorization: `Bearer ${key}` } })
    assert.equal(refused.status(), 401)
  })

  test('conversations from a file', async () => {
    const ann = await world.person('/#/settings/data')
    const choose = async (content) => {
      const [chooser] = await Promise.all([
        ann.page.waitForEvent('filechooser'),
        ann.button('Choose a file').click()])
      await chooser.setFiles({ name: 'c.json', mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(content)) })
    }
    const node = (id, parent, role, text) => ({ [id]: { id, parent, message:
      role && { author: { role }, create_time: 1700000000.5,
        content: { content_type: 'text', parts: [text] } } } })
    const chatGpt = [
      { title: 'From elsewhere', create_time: 1700000000.25, current_node: 'd',
        mapping: { ...node('r', null), ...node('a', 'r', 'user', 'hi there'),
          ...node('b', 'a', 'assistant', 'another branch'),
          ...node('d', 'a', 'assistant', 'hello *you*') } },
      { title: 'Empty', current_node: 'r', mapping: node('r', null) }]
    await choose({ nothing: 'of ours' })
    await ann.page.getByText('no conversations we know').waitFor()
    for (let i = 0; i < 2; i++) {
      await choose(chatGpt)
      await ann.page.getByText('1 conversation is here now. 1 was empty')
        .first().waitFor()
    }
    await ann.accessible('data')
    await ann.picture('data')
    assert.deepEqual(await ann.titles(), ['From elsewhere'])
    await ann.page.getByRole('link', { name: 'From elsewhere' }).click()
    await ann.page.getByText('hello you').waitFor()
    assert.equal(await ann.page.getByText('another branch').count(), 0)

    const [file] = await Promise.all([ann.page.waitForEvent('download'),
      ann.menu(ann.button('Conversation'), 'Export as JSON')])
    const bob = await world.person('/#/settings/data')
    const [chooser] = await Promise.all([
      bob.page.waitForEvent('filechooser'),
      bob.button('Choose a file').click()])
    await chooser.setFiles(await file.path())
    await until(async () => (await bob.titles()).join() === 'From elsewhere',
      'it is here')
  })

  test('my data, and good-bye', async () => {
    const ann = await world.person()
    await ann.ask('remember me')
    await ann.page.goto('/#/settings/data')
    const [file] = await Promise.all([ann.page.waitForEvent('download'),
      ann.button('Download my data').click()])
    const text = fs.readFileSync(await file.path(), 'utf8')
    assert.ok(JSON.parse(text) && text.includes('remember me'))

    await ann.button('Delete my account').click()
    const dialog = ann.page.getByRole('dialog')
    await dialog.getByLabel('Your password').fill('no idea at all')
    await ann.button('Delete my account', dialog).click()
    await until(async () => await dialog.locator('.problem')
      .innerText() !== '', 'a refusal')
    await dialog.getByLabel('Your password').fill(PASSWORD)
    await ann.button('Delete my account', dialog).click()
    await ann.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    assert.equal(world.server.sql(`SELECT count(*) FROM users
      WHERE username = '${ann.name}'`), '0')
  })
})
