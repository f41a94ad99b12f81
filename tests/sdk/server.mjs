// The server that is tested, as tests/api/test_sdk.c started it.

import OpenAI from 'openai'

export const baseURL = process.env.BASE_URL
export const apiKey = process.env.API_KEY

export const client = new OpenAI({ baseURL, apiKey })

// Of a user with one message a day.
export const limited = (options) =>
  new OpenAI({ baseURL, apiKey: process.env.LIMITED_KEY, ...options })

// What gpt, a mock, says again word by word.
export const longPrompt = (words) =>
  Array.from({ length: words }, (_, i) => `w${i}`).join(' ')

export function killWorkers() {
  for (const pid of process.env.WORKERS.split(' '))
    process.kill(Number(pid), 'SIGKILL')
}
