// What is built on OpenAI's API: LangChain and the Vercel AI SDK.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, streamText } from 'ai'
import { apiKey, baseURL } from './server.mjs'

const langchain = (options) => new ChatOpenAI({ model: 'gpt', apiKey,
  configuration: { baseURL }, ...options })

test('LangChain', async () => {
  const answer = await langchain({ temperature: 0 }).invoke([
    ['system', 'Be kind.'], ['human', 'Hi there']])
  assert.equal(answer.content, '[GPT] Echo: Hi there')
  assert.equal(answer.usage_metadata.total_tokens, 6)
  assert.equal(answer.response_metadata.finish_reason, 'stop')
})

test('LangChain, streamed', async () => {
  let text = ''
  let usage
  for await (const chunk of await langchain().stream('Hi there')) {
    text += chunk.content
    usage = chunk.usage_metadata ?? usage
  }
  assert.equal(text, '[GPT] Echo: Hi there')
  assert.equal(usage.total_tokens, 6)
})

test('LangChain, by responses', async () => {
  const answer = await langchain({ useResponsesApi: true }).invoke('Hi there')
  assert.equal(answer.text, '[GPT] Echo: Hi there')
})

for (const [name, model] of [
  ['compatible', createOpenAICompatible({ name: 'aichat', baseURL, apiKey,
    includeUsage: true })('gpt')],
  ['chat', createOpenAI({ baseURL, apiKey }).chat('gpt')],
  ['responses', createOpenAI({ baseURL, apiKey })('gpt')]]) {
  test(`AI SDK, ${name}`, async () => {
    const { text, usage, finishReason, response } = await generateText({ model,
      system: 'Be kind.', prompt: 'Hi there' })
    assert.equal(text, '[GPT] Echo: Hi there')
    assert.equal(finishReason, 'stop')
    assert.equal(usage.totalTokens, 6)
    // And on, with what was said before.
    const next = await generateText({ model, messages: [
      { role: 'user', content: 'Hi there' }, ...response.messages,
      { role: 'user', content: 'and now' }] })
    assert.equal(next.text, '[GPT] Echo: and now')
  })

  test(`AI SDK, ${name}, streamed`, async () => {
    const result = streamText({ model, prompt: 'Hi there',
      onError: ({ error }) => { throw error } })
    let text = ''
    for await (const piece of result.textStream)
      text += piece
    assert.equal(text, '[GPT] Echo: Hi there')
    assert.equal(await result.finishReason, 'stop')
    assert.equal((await result.usage).totalTokens, 6)
  })
}

test('AI SDK, what is wrong', async () => {
  const model = createOpenAI({ baseURL, apiKey: 'sk-wrong' })('gpt')
  await assert.rejects(generateText({ model, prompt: 'Hi', maxRetries: 0 }),
    (e) => e.statusCode === 401 && /oken|key|uthoriz/.test(e.message))
})
