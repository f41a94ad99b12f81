// The API's reference, made of openapi.json in the browser. Text is put as
// text only.
'use strict'

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children.filter((child) => child !== null))
  return element
}

const code = (text) => make('code', {}, text)

let api = null // the OpenAPI document

function resolve(value) {
  if (value?.$ref === undefined)
    return value
  return value.$ref.slice(2).split('/')
    .reduce((at, name) => at[name], api)
}

// A schema in a few words, as one would write an example of it.
function sketch(schema, depth) {
  const name = schema?.$ref?.split('/').at(-1)
  const s = resolve(schema) ?? {}
  const pad = '  '.repeat(depth)
  if (name !== undefined && depth > 2)
    return name
  if (s.const !== undefined)
    return JSON.stringify(s.const)
  if (s.enum !== undefined)
    return s.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (s.oneOf !== undefined)
    return s.oneOf.map((one) => sketch(one, depth)).join(' | ')
  if (s.type === 'array')
    return `[${sketch(s.items, depth)}]`
  if (s.properties !== undefined) {
    const required = new Set(s.required)
    const lines = Object.entries(s.properties).map(([key, value]) =>
      `${pad}  ${key}${required.has(key) ? '' : '?'}: ` +
      sketch(value, depth + 1) + note(value))
    return `{\n${lines.join('\n')}\n${pad}}`
  }
  return [s.type ?? 'anything'].flat().join(' | ')
}

const note = (schema) =>
  resolve(schema)?.description ? `  // ${resolve(schema).description}` : ''

function table(caption, heads, rows) {
  if (rows.length === 0)
    return null
  return make('table', {}, make('caption', {}, caption),
    make('thead', {}, make('tr', {},
      ...heads.map((head) => make('th', { scope: 'col' }, head)))),
    make('tbody', {}, ...rows.map((row) =>
      make('tr', {}, ...row.map((cell) => make('td', {}, cell))))))
}

function bodies(content) {
  const parts = Object.entries(content ?? {}).map(([type, { schema }]) =>
    [code(type), make('pre', {}, sketch(schema, 0) +
      (schema?.$ref ? '' : note(schema)))])
  return make('div', {}, ...parts.flat())
}

function article(path, method, operation) {
  const parameters = (operation.parameters ?? []).map((p) => [code(p.name),
    p.in, sketch(p.schema, 0), p.description ?? ''])
  const answers = Object.entries(operation.responses).map(([status, value]) => {
    const answer = resolve(value)
    return [code(status), answer.description,
      bodies(status.startsWith('2') ? answer.content : {})]
  })
  return make('article', { id: operation.operationId },
    make('h3', {}, operation.summary),
    make('p', {}, make('span', { className: 'method' }, method), ' ',
      code(path), operation.security?.length === 0 ? ' without a token' : ''),
    operation.description ? make('p', {}, operation.description) : null,
    table('Parameters', ['Name', 'In', 'Type', 'Meaning'], parameters),
    operation.requestBody
      ? make('div', {}, make('strong', {}, 'Body '),
        bodies(operation.requestBody.content)) : null,
    table('Answers', ['Status', 'Meaning', 'Body'], answers))
}

function show() {
  const groups = new Map()
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0]
      groups.set(tag, [...groups.get(tag) ?? [], [path, method, operation]])
    }
  }
  const contents = document.getElementById('contents')
  const operations = document.getElementById('operations')
  for (const [tag, list] of groups) {
    contents.append(make('h2', {}, tag), make('ul', {},
      ...list.map(([, , { operationId, summary }]) => make('li', {},
        make('a', { href: `#${operationId}` }, summary)))))
    operations.append(make('h2', {}, tag),
      ...list.map((entry) => article(...entry)))
  }
  document.getElementById('about').textContent = api.info.description
  document.getElementById(location.hash.slice(1))?.scrollIntoView()
}

fetch('/openapi.json').then((response) => response.json()).then((json) => {
  api = json
  show()
}, (error) => {
  document.getElementById('about').textContent = String(error)
})
