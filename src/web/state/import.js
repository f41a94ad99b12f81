// Conversations from a file: what this service exports, one conversation or
// many, or conversations.json of ChatGPT's export.

import { tell } from '../core/channel.js'
import { call } from '../core/http.js'
import { refreshList } from './conversations.js'
import { t } from '../strings.js'

// What one call takes (api/v1_import.c), with room for what is around it.
const BYTES_MAX = 1000000
const CONVERSATIONS_MAX = 100
const MESSAGES_MAX = 2000

// ChatGPT's messages are a tree; what was read last is the way back from the
// current one. Pictures and tools' calls are left out.
function fromChatGpt({ title, create_time, mapping, current_node }) {
  const messages = []
  for (let id = current_node; mapping[id]; id = mapping[id].parent) {
    const message = mapping[id].message
    const role = message?.author?.role
    const content = (message?.content?.parts ?? [])
      .filter((part) => typeof part === 'string').join('\n\n')
    if ((role === 'user' || role === 'assistant') && content.trim() !== '')
      messages.unshift({ role, content,
        ...(message.create_time > 0 && { created_at: message.create_time }) })
  }
  return { title: (title ?? '').slice(0, 80), messages,
    ...(create_time > 0 && { created_at: create_time }) }
}

function read(text) {
  let file
  try {
    file = JSON.parse(text)
  } catch {
    file = null
  }
  if (Array.isArray(file?.conversations))
    return file.conversations
  if (Array.isArray(file) && file.length > 0 &&
    file.every(({ mapping }) => mapping))
    return file.map(fromChatGpt)
  throw new Error(t.data.importUnknown)
}

const sizeOf = (value) => new Blob([JSON.stringify(value)]).size

// As many as one call takes at a time; those that are too large are none's.
function batches(conversations) {
  const all = []
  let room = 0
  for (const conversation of conversations) {
    const size = sizeOf(conversation) + 1
    if (size > BYTES_MAX || conversation.messages?.length > MESSAGES_MAX ||
      conversation.messages?.length === 0)
      continue
    if (size > room || all.at(-1).length === CONVERSATIONS_MAX) {
      all.push([])
      room = BYTES_MAX
    }
    all.at(-1).push(conversation)
    room -= size
  }
  return all
}

// The same file again makes nothing twice.
async function keyOf(body) {
  const digest = await crypto.subtle.digest('SHA-256',
    new TextEncoder().encode(JSON.stringify(body)))
  return [...new Uint8Array(digest)].map((byte) =>
    byte.toString(16).padStart(2, '0')).join('')
}

// How many were taken over, and how many could not be.
export async function importFile(file) {
  const conversations = read(await file.text())
  let taken = 0
  try {
    for (const batch of batches(conversations)) {
      const body = { conversations: batch }
      await call('POST', '/v1/conversations/import',
        { body, key: await keyOf(body) })
      taken += batch.length
    }
  } finally {
    refreshList()
    tell('conversations')
  }
  return { taken, left: conversations.length - taken }
}
