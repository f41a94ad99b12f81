// What each of these programs is: tests of one part of the web page in
// Debian's Chromium, with the real program behind it. Run by tests/api.sh;
// pictures of every view are left in .build/e2e.

import fs from 'node:fs'
import path from 'node:path'
import { after, afterEach, before } from 'node:test'

import { launch, World } from './browser.mjs'
import { Server } from './server.mjs'

// define(world) says the tests.
export function suite(define) {
  const pictures = path.join(process.env.TEST_CHECKOUT, '.build/e2e')
  const world = new World(pictures)

  before(async () => {
    fs.mkdirSync(pictures, { recursive: true })
    world.server = await Server.start({ DAILY_MESSAGE_LIMIT: '100' })
    world.browser = await launch()
  })
  afterEach(() => world.end())
  after(async () => {
    await world.browser?.close()
    await world.server?.stop()
  })
  define(world)
}
