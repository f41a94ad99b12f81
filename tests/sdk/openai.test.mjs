// The official OpenAI client against /v1, as its users call it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { baseURL, client, limited, longPrompt, killWorkers } from './server.mjs'

const HI = [{ role: 'user', content: 'Hi there' }]

async function collect(stream) {
  const events = []
  for await (const event of stream)
    events.push(event)
  return events
}

function assertNumbered(events, from) {
  assert.deepEqual(events.map((e) => e.sequence_number),
    events.map((_, i) => from + i))
}

test('models', async () => {
  const ids = []
  for await (const model of client.models.list())
    ids.push(model.id)
  assert.deepEqual(ids, ['gpt', 'claude', 'gemini'])
  assert.equal((await client.models.retrieve('claude')).object, 'model')
  await assert.rejects(client.models.retrieve('none'), OpenAI.NotFoundError)
})

test('chat completions', async () => {
  const { data, response } = await client.chat.completions.create({
    model: 'gpt', messages: HI }).withResponse()
  assert.equal(data.choices[0].message.content, '[GPT] Echo: Hi there')
  assert.equal(data.choices[0].finish_reason, 'stop')
  assert.equal(data.usage.total_tokens, 6)
  assert.equal(data._request_id, response.headers.get('x-request-id'))
})

test('chat completions, streamed', async () => {
  const chunks = await collect(await client.chat.completions.create({
    model: 'gpt', messages: HI, stream: true,
    stream_options: { include_usage: true } }))
  assert.equal(chunks.map((c) => c.choices[0]?.delta.content ?? '').join(''),
    '[GPT] Echo: Hi there')
  assert.equal(chunks.at(-1).usage.total_tokens, 6)
  assert.equal(new Set(chunks.map((c) => c.id)).size, 1)
})

test('chat completions, the streaming helper', async () => {
  const stream = client.chat.completions.stream({ model: 'gpt', messages: HI })
  let text = ''
  stream.on('content', (delta) => { text += delta })
  const final = await stream.finalChatCompletion()
  assert.equal(text, '[GPT] Echo: Hi there')
  assert.equal(final.choices[0].message.content, text)
})

test('a client that aborts', async () => {
  const stream = await client.chat.completions.create({ model: 'gpt',
    messages: [{ role: 'user', content: longPrompt(200) }], stream: true })
  for await (const chunk of stream)
    if (chunk.choices[0].delta.content)
      break
  assert.equal(stream.controller.signal.aborted, true)
})

test('errors are of their classes', async () => {
  const wrong = new OpenAI({ baseURL, apiKey: 'sk-wrong', maxRetries: 0 })
  await assert.rejects(wrong.models.list(), (e) =>
    e instanceof OpenAI.AuthenticationError && e.code === 'invalid_api_key' &&
    e.requestID.length > 0)
  await assert.rejects(client.chat.completions.create({ model: 'gpt',
    messages: HI, tools: [{ type: 'function', function: { name: 'f' } }] }),
  (e) => e instanceof OpenAI.BadRequestError && e.param === 'tools' &&
    e.code === 'unsupported_parameter')
  await assert.rejects(client.responses.retrieve(`resp_${'0'.repeat(32)}`),
    OpenAI.NotFoundError)
})

test('a used-up day is not tried again', async () => {
  let calls = 0
  const one = limited({ maxRetries: 5, fetch: (...args) => {
    calls++
    return fetch(...args)
  } })
  await one.responses.create({ model: 'gpt', input: 'one' })
  for (const ask of [
    () => one.responses.create({ model: 'gpt', input: 'two' }),
    () => one.responses.create({ model: 'gpt', input: 'two', stream: true }),
    () => one.chat.completions.create({ model: 'gpt', messages: HI })]) {
    calls = 0
    await assert.rejects(ask(), (e) => e instanceof OpenAI.RateLimitError &&
      e.code === 'insufficient_quota' && e.type === 'insufficient_quota' &&
      Number(e.headers.get('retry-after')) > 0)
    assert.equal(calls, 1)
  }
})

test('responses', async () => {
  const response = await client.responses.create({ model: 'gpt',
    input: 'Hello', instructions: 'Be short.', temperature: 0.5,
    metadata: { a: 'b' } })
  assert.equal(response.output_text, '[GPT] Echo: Hello')
  assert.equal(response.status, 'completed')
  assert.equal(response.instructions, 'Be short.')
  assert.equal(response.temperature, 0.5)
  assert.deepEqual(response.metadata, { a: 'b' })
  assert.match(response.conversation.id, /^conv_[0-9a-f]{32}$/)
  assert.equal(response.usage.input_tokens, 1)
  const again = await client.responses.retrieve(response.id)
  assert.deepEqual({ ...again, _request_id: null },
    { ...response, _request_id: null })
  const items = await client.responses.inputItems.list(response.id)
  assert.equal(items.data[0].content[0].text, 'Hello')
  await client.responses.delete(response.id)
  await assert.rejects(client.responses.retrieve(response.id),
    OpenAI.NotFoundError)
})

test('responses that are not stored', async () => {
  const response = await client.responses.create({ model: 'gpt',
    input: 'Hello', store: false })
  assert.equal(response.output_text, '[GPT] Echo: Hello')
  assert.equal(response.conversation, null)
  assert.equal(response.store, false)
  await assert.rejects(client.responses.retrieve(response.id),
    OpenAI.NotFoundError)
})

test('conversations go on and branch', async () => {
  const first = await client.responses.create({ model: 'gpt', input: 'one' })
  const conversation = first.conversation.id
  const second = await client.responses.create({ model: 'gpt', input: 'two',
    conversation })
  const branch = await client.responses.create({ model: 'gpt',
    input: 'another two', previous_response_id: first.id })
  assert.equal(second.previous_response_id, null)
  assert.equal(branch.previous_response_id, first.id)
  assert.deepEqual([second.conversation.id, branch.conversation.id],
    [conversation, conversation])
  const texts = []
  for await (const item of client.conversations.items.list(conversation,
    { order: 'asc' }))
    texts.push(item.content[0].text)
  assert.deepEqual(texts, ['one', '[GPT] Echo: one', 'two', '[GPT] Echo: two',
    'another two', '[GPT] Echo: another two'])
})

test('input of several messages', async () => {
  const response = await client.responses.create({ model: 'gpt', input: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'one' },
    { type: 'message', role: 'assistant', content: [
      { type: 'output_text', text: 'first', annotations: [] }] },
    { role: 'user', content: [{ type: 'input_text', text: 'two' }] }] })
  assert.equal(response.output_text, '[GPT] Echo: two')
  const items = await client.responses.inputItems.list(response.id,
    { order: 'asc' })
  assert.deepEqual(items.data.map(({ role, content }) =>
    [role, content[0].text]), [['system', 'Be kind.'], ['user', 'one'],
    ['assistant', 'first'], ['user', 'two']])
})

test('responses, streamed', async () => {
  const events = await collect(await client.responses.create({ model: 'gpt',
    input: 'a b', stream: true }))
  assertNumbered(events, 0)
  const types = events.map((e) => e.type.replace('response.', ''))
  assert.deepEqual(types, ['created', 'in_progress', 'output_item.added',
    'content_part.added', ...Array(4).fill('output_text.delta'),
    'output_text.done', 'content_part.done', 'output_item.done', 'completed'])
  const { response } = events.at(-1)
  // Memory and the log tell the same, from every event on.
  for (let after = -1; after <= events.length; after++)
    assert.deepEqual(await collect(await client.responses.retrieve(response.id,
      { stream: true, ...(after < 0 ? {} : { starting_after: after }) })),
    events.slice(after + 1))
})

test('responses, the streaming helper', async () => {
  const stream = client.responses.stream({ model: 'gpt', input: 'a b' })
  let text = ''
  stream.on('response.output_text.delta', ({ delta }) => { text += delta })
  const final = await stream.finalResponse()
  assert.equal(final.output_text, '[GPT] Echo: a b')
  assert.equal(text, final.output_text)
  const late = client.responses.stream({ response_id: final.id,
    starting_after: 5 })
  assert.equal((await late.finalResponse()).output_text, final.output_text)
})

test('an answer that is cut', async () => {
  for (const stream of [false, true]) {
    let response = await client.responses.create({ model: 'gpt',
      input: 'a b c', max_output_tokens: 3, stream })
    if (stream)
      response = (await collect(response)).at(-1).response
    assert.equal(response.status, 'incomplete')
    assert.equal(response.incomplete_details.reason, 'max_output_tokens')
    assert.equal(response.output[0].content[0].text, '[GPT] Echo: a')
  }
})

test('in the background, cancelled', async () => {
  const begun = await client.responses.create({ model: 'gpt',
    input: longPrompt(300), background: true })
  assert.equal(begun.status, 'in_progress')
  assert.equal(begun.background, true)
  const started = Date.now()
  const cancelled = await client.responses.cancel(begun.id)
  assert.ok(Date.now() - started < 1500)
  assert.equal(cancelled.status, 'cancelled')
  assert.equal((await client.responses.retrieve(begun.id)).status,
    'cancelled')
})

test('in the background, to its end', async () => {
  let response = await client.responses.create({ model: 'gpt', input: 'a b c',
    background: true })
  while (response.status === 'in_progress') {
    await new Promise((resolve) => setTimeout(resolve, 30))
    response = await client.responses.retrieve(response.id)
  }
  assert.equal(response.output_text, '[GPT] Echo: a b c')
})

test('conversations', async () => {
  const conversation = await client.conversations.create({
    metadata: { topic: 'tests' },
    items: [{ type: 'message', role: 'user', content: 'one' }] })
  const response = await client.responses.create({ model: 'gpt',
    input: 'two', conversation: { id: conversation.id } })
  assert.equal(response.conversation.id, conversation.id)
  assert.deepEqual((await client.conversations.retrieve(conversation.id))
    .metadata.topic, 'tests')
  await client.conversations.delete(conversation.id)
  await assert.rejects(client.responses.retrieve(response.id),
    OpenAI.NotFoundError)
})

// The last one: what it is about is gone afterwards.
test('a killed worker', async () => {
  const stream = await client.responses.create({ model: 'gpt',
    input: longPrompt(120), stream: true })
  const seen = []
  for await (const event of stream) {
    seen.push(event)
    if (seen.length === 40)
      break
  }
  await new Promise((resolve) => setTimeout(resolve, 700))
  killWorkers()
  const { id } = seen[0].response
  const last = seen.at(-1).sequence_number
  const rest = await collect(await client.responses.retrieve(id,
    { stream: true, starting_after: last }))
  assertNumbered(rest, last + 1)
  const { response, type } = rest.at(-1)
  assert.equal(type, 'response.failed')
  assert.equal(response.error.code, 'server_error')
  assert.equal([...seen, ...rest].filter((e) => e.type.endsWith('text.delta'))
    .map((e) => e.delta).join(''), response.output[0].content[0].text)
})
