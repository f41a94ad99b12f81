// Whether answers are as the OpenAPI document says:
//
//	node validate.mjs openapi.json samples
//
// Samples are lines of {"path", "method", "status", "type", "body"}; path is the
// document's. What is not is told, and ends with status 1.

import { readFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'

const [document, samples] = process.argv.slice(2)
  .map((name) => readFileSync(name, 'utf8'))
const api = JSON.parse(document)
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true,
  formats: { uuid: true, date: true, 'date-time': true } })
ajv.addVocabulary(['components'])
ajv.addSchema({ $id: 'api', components: api.components })

// References lead into the document, which has a name here.
const named = (value) => JSON.parse(JSON.stringify(value)
  .replaceAll('"#/components/', '"api#/components/'))
const resolve = (value) => value?.$ref === undefined ? value
  : value.$ref.slice(2).split('/').reduce((at, key) => at[key], api)

function judge({ path, method, status, type, body }) {
  const operation = api.paths[path]?.[method]
  if (operation === undefined)
    return `no ${method} ${path}`
  const answer = resolve(operation.responses[status] ??
    operation.responses.default)
  const schema = answer.content?.[type]?.schema
  if (schema === undefined)
    return `no ${type} for ${status}`
  if (type === 'text/event-stream')
    return ''
  const valid = ajv.compile(named(schema))
  return valid(body) ? '' : ajv.errorsText(valid.errors)
}

let wrong = 0
for (const schema of Object.values(api.components.schemas))
  ajv.compile(named(schema))
for (const line of samples.trim().split('\n')) {
  const sample = JSON.parse(line)
  const problem = judge(sample)
  if (problem !== '') {
    console.error(`${sample.method} ${sample.path} ${sample.status}: ` +
      `${problem}\n${JSON.stringify(sample.body)}`)
    wrong++
  }
}
process.exit(wrong === 0 ? 0 : 1)
