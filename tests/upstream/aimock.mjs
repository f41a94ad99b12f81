// aimock, a fake of the providers by others, with the fixtures of this folder.
// It prints its port as one line of JSON and ends with its parent, or after
// ten minutes. Its CommonJS build is the one that also runs on Node.js 18.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const { LLMock, validateFixtures } =
  createRequire(import.meta.url)('@copilotkit/aimock')

const LIFETIME_MS = 10 * 60 * 1000

const parent = process.ppid
setInterval(() => process.ppid === parent || process.exit(), 500)
setTimeout(() => process.exit(), LIFETIME_MS)

const aimock = new LLMock({ host: '127.0.0.1', port: 0, strict: true,
  logLevel: 'silent' })
aimock.loadFixtureFile(fileURLToPath(
  new URL('aimock_fixtures.json', import.meta.url)))
const problems = validateFixtures([...aimock.getFixtures()])
if (problems.length > 0) {
  console.error(problems)
  process.exit(1)
}
await aimock.start()
console.log(JSON.stringify({ http: Number(new URL(aimock.url).port) }))
