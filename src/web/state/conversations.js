// The list beside the chat: conversations by latest activity, a page at a
// time, or those a search finds.

import { computed, effect, signal } from '@preact/signals'

import { listen, onReturn, tell } from '../core/channel.js'
import { call, newKey } from '../core/http.js'
import { signedIn } from '../core/tokens.js'

const PAGE = 40

export const query = signal('')
export const showArchived = signal(false)
export const conversations = signal([])
export const hasMore = signal(false)
const opened = signal(null) // the one that is read, in the list or not
export const loaded = signal(false)

export const flag = (conversation, name) =>
  conversation?.metadata?.[name] === 'true'

export const titleOf = (conversation) =>
  conversation?.metadata?.title || conversation?.title || ''

export const visible = computed(() => conversations.value.filter(
  (entry) => query.value !== '' ||
    flag(entry, 'archived') === showArchived.value))

let asked = 0
let cursor // of the last page

async function fetchPage(after) {
  const mine = ++asked
  const params = new URLSearchParams({ limit: PAGE })
  if (after)
    params.set('after', after)
  if (query.peek() !== '')
    params.set('q', query.peek())
  else
    params.set('archived', showArchived.peek())
  const page = await call('GET', `/v1/conversations?${params}`)
  return mine === asked ? page : null
}

function merge(old, added) {
  const known = new Set(added.map(({ id }) => id))
  return [...old.filter(({ id }) => !known.has(id)), ...added]
}

const byActivity = (a, b) =>
  (b.updated_at ?? b.created_at) - (a.updated_at ?? a.created_at)

// What was loaded further down stays, so that a refresh does not jump.
async function load({ keep }) {
  const page = await fetchPage()
  if (page === null)
    return
  const more = keep && conversations.value.length > PAGE
  conversations.value = more
    ? merge(conversations.value, page.data).sort(byActivity) : page.data
  if (!more)
    noteEnd(page)
  loaded.value = true
}

function noteEnd({ has_more, last_id }) {
  hasMore.value = has_more
  cursor = last_id
}

export const refreshList = () => load({ keep: true }).catch(() => {})

export async function loadMore() {
  const page = await fetchPage(cursor)
  if (page === null)
    return
  conversations.value = merge(conversations.value, page.data)
  noteEnd(page)
}

export async function search(text) {
  query.value = text
  await load({ keep: false })
}

export async function listArchived(archived) {
  showArchived.value = archived
  await load({ keep: false })
}

listen('conversations', () => signedIn.value && refreshList())
onReturn(() => signedIn.value && refreshList())
effect(() => {
  if (signedIn.value)
    return
  asked++
  conversations.value = []
  loaded.value = false
  query.value = ''
  showArchived.value = false
})

export const find = (id) =>
  conversations.value.find((entry) => entry.id === id) ??
    (opened.value?.id === id ? opened.value : undefined)

function put(conversation) {
  conversations.value = [conversation,
    ...conversations.value.filter(({ id }) => id !== conversation.id)]
    .sort(byActivity)
  if (opened.value?.id === conversation.id)
    opened.value = conversation
  tell('conversations')
}

// One that is not in the list, perhaps: from a link, or far down.
export async function openConversation(id) {
  opened.value = find(id) ?? await call('GET', `/v1/conversations/${id}`)
}

// Metadata is merged into what there is.
export async function change(conversation, metadata) {
  const changed = await call('POST', `/v1/conversations/${conversation.id}`,
    { body: { metadata } })
  put({ ...conversation, ...changed })
}

export async function remove(id) {
  await call('DELETE', `/v1/conversations/${id}`)
  conversations.value = conversations.value.filter((entry) => entry.id !== id)
  tell('conversations')
  tell('removed', id)
}

export async function fork(id, responseId) {
  const made = await call('POST', `/v1/conversations/${id}/fork`,
    { body: { response_id: responseId }, key: newKey() })
  put({ updated_at: made.created_at, ...made })
  return made
}

// The address of a new link to read it by.
export async function share(conversation) {
  const { url, token } = await call('POST',
    `/v1/conversations/${conversation.id}/share`, { body: {} })
  put({ ...conversation, shared: true })
  return new URL(url ?? `/shared/${token}`, location.href).href
}

export async function unshare(conversation) {
  await call('DELETE', `/v1/conversations/${conversation.id}/share`)
  put({ ...conversation, shared: false })
}

// It has just been talked in.
export function touch(id) {
  const conversation = find(id)
  if (conversation)
    put({ ...conversation, updated_at: Date.now() / 1000 })
  else
    refreshList()
}
