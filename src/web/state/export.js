// A whole conversation, fetched page by page, as a file.

import { call, open } from '../core/http.js'
import { saveFile } from '../core/save.js'
import { titleOf } from './conversations.js'
import { textOf } from './turns.js'
import { t } from '../strings.js'

async function allItems(id) {
  const items = []
  let after = ''
  for (;;) {
    const page = await call('GET', `/v1/conversations/${id}/items` +
      `?limit=100&order=asc${after}`)
    items.push(...page.data)
    if (!page.has_more || page.data.length === 0)
      return items
    after = `&after=${page.data.at(-1).id}`
  }
}

function fileName(conversation, extension) {
  const title = titleOf(conversation) || t.side.untitled
  const name = title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '')
  return `${name || conversation.id}.${extension}`
}

export async function exportText(conversation) {
  const parts = [`# ${titleOf(conversation) || t.side.untitled}`]
  for (const item of await allItems(conversation.id))
    parts.push(`## ${item.role === 'user' ? t.chat.you
      : t.chat.answer(item.model ?? '')}`, textOf(item))
  saveFile(fileName(conversation, 'md'), parts.join('\n\n') + '\n',
    'text/markdown')
}

// What the import takes.
export async function exportJson(conversation) {
  const response = await open('GET',
    `/v1/conversations/${conversation.id}/export`)
  saveFile(fileName(conversation, 'json'), await response.blob(),
    'application/json')
}
