#!/usr/bin/env node
// Coming in and going out.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PASSWORD, until } from './browser.mjs'
import { suite } from './suite.mjs'

async function fill(page, fields) {
  for (const [label, value] of Object.entries(fields))
    await page.getByLabel(label, { exact: true }).fill(value)
}

suite((world) => {
  test('sign up, log out, log in', async () => {
    const ann = await world.stranger()
    await ann.page.goto('/')
    await ann.page.getByRole('link', { name: 'Sign up' }).click()
    const mine = { Email: 'eve@example.com', Username: 'eve' }
    await fill(ann.page, { ...mine, Password: 'short' })
    await ann.button('Sign up').click()
    await until(async () => /8/.test(
      await ann.page.getByRole('alert').innerText()), 'a word on the password')

    await fill(ann.page, { ...mine, Password: PASSWORD })
    await ann.button('Sign up').click()
    await ann.page.getByText('What’s on your mind, eve?').waitFor()

    await ann.menu(ann.button('Account eve'), 'Log out')
    await ann.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await fill(ann.page, { Username: 'eve', Password: 'wrong horse' })
    await ann.button('Log in').click()
    await ann.page.getByRole('alert').getByText('Bad credentials').waitFor()

    await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await ann.page.keyboard.press('Enter')
    await ann.composer.waitFor()
    assert.equal(new URL(ann.page.url()).hash, '#/')
  })

  test('a name that is taken', async () => {
    const ann = await world.person()
    const bob = await world.stranger()
    await bob.page.goto('/#/signup')
    await fill(bob.page, { Email: 'bob@example.com', Username: ann.name,
      Password: PASSWORD })
    await bob.button('Sign up').click()
    await bob.page.getByRole('alert').getByText('Username already exists')
      .waitFor()
  })

  test('a session that was ended elsewhere', async () => {
    const ann = await world.person()
    await ann.composer.waitFor()
    const reply = await ann.api('POST', '/auth/logout', { all: true })
    assert.equal(reply.status(), 200)
    await ann.page.reload()
    await ann.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  })

  test('a new password, by a link of the operator', async () => {
    const ann = await world.person()
    const token = world.server.command('user', 'reset-link', ann.name)
    const bob = await world.stranger()
    await bob.page.goto(`/#/reset/${token}`)
    await bob.accessible('reset')
    await bob.page.getByLabel('New password').fill('an owl with a monocle')
    await bob.button('Set password').click()
    await bob.page.getByText('Your new password is set.').waitFor()
    await fill(bob.page, { Username: ann.name,
      Password: 'an owl with a monocle' })
    await bob.button('Log in').click()
    await bob.composer.waitFor()
    await ann.page.reload()
    await ann.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  })
})
