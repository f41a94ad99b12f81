// A turn is a prompt and its answer. Turns form a tree: an edited prompt or
// an answer asked for again is a branch beside the first one, and one path
// through the tree is what is read.

import { signal } from '@preact/signals'

let made = 0

export class Turn {
  constructor({ id, parent, prompt, model, createdAt, text = '',
    status = 'running', problem = '' }) {
    this.key = `t${++made}` // stays, whatever becomes of the id
    this.id = id // one of our own until the server has begun it
    this.parent = parent // the turn it goes on from; null: none
    this.prompt = prompt
    this.model = model
    this.createdAt = createdAt
    this.text = signal(text)
    this.status = signal(status)
    this.problem = signal(problem) // why it failed, for people
    this.lost = signal(false) // the connection, for now
    this.seen = -1 // the last event's sequence number
  }

  get running() {
    return this.status.value === 'running'
  }
}

const STATUS = {
  queued: 'running',
  in_progress: 'running',
  cancelled: 'stopped',
  incomplete: 'interrupted',
}

// Ours, from OpenAI's word for the status of a response or an item.
export const statusFrom = (word) => STATUS[word] ?? word ?? 'completed'

export function textOf(item) {
  const content = item.content ?? []
  return typeof content === 'string' ? content
    : content.map((part) => part.text ?? '').join('')
}

// Items, oldest first, as turns.
export function turnsFrom(items) {
  const turns = new Map()
  for (const item of items) {
    if (item.type !== 'message')
      continue
    const id = item.response_id ?? item.id
    if (!turns.has(id))
      turns.set(id, { id, prompt: '', text: '', status: 'completed' })
    const turn = turns.get(id)
    if (item.previous_response_id !== undefined)
      turn.parent = item.previous_response_id
    turn.createdAt = item.created_at ?? turn.createdAt
    if (item.role === 'user') {
      turn.prompt = textOf(item)
    } else {
      turn.text = textOf(item)
      turn.model = item.model
      turn.status = statusFrom(item.turn_status ?? item.status)
      if (turn.status === 'failed')
        turn.problem = item.error?.message
    }
  }
  return [...turns.values()]
}

export const ROOT = 'root' // the parent of first prompts

// A turn that names none goes on from the one before it.
function parentsOf(turns) {
  return turns.map((turn, i) =>
    turn.parent === undefined ? turns[i - 1]?.id ?? ROOT
      : turn.parent ?? ROOT)
}

// For each turn, where in the list its latest descendant is.
function latestOf(turns, parents, places) {
  const latest = turns.map((_, i) => i)
  for (let i = turns.length - 1; i >= 0; i--) {
    const parent = places.get(parents[i])
    if (parent !== undefined)
      latest[parent] = Math.max(latest[parent], latest[i])
  }
  return latest
}

// The places of each parent's children.
function group(parents) {
  const children = new Map()
  parents.forEach((parent, i) => {
    if (!children.has(parent))
      children.set(parent, [])
    children.get(parent).push(i)
  })
  return children
}

// The path to read, as [{turn, siblings}]: at each fork the branch that was
// chosen (a map from parent to child), else the one that was talked in last.
// Turns are in the order of their making; those before the first may not be
// loaded yet.
export function pathThrough(turns, chosen) {
  const places = new Map(turns.map(({ id }, i) => [id, i]))
  const parents = parentsOf(turns)
  const latest = latestOf(turns, parents, places)
  const children = group(parents)
  const tops = [...children.keys()].filter((id) => !places.has(id))
  const newest = (list) =>
    list.reduce((a, b) => (latest[a] >= latest[b] ? a : b))
  let at = tops.length === 0 ? undefined
    : tops.reduce((a, b) => latest[newest(children.get(a))] >=
      latest[newest(children.get(b))] ? a : b)
  const path = []
  while (children.has(at)) {
    const siblings = children.get(at)
    const wanted = places.get(chosen.get(at))
    const turn = turns[siblings.includes(wanted) ? wanted : newest(siblings)]
    path.push({ turn, parent: at, siblings: siblings.map((i) => turns[i]) })
    at = turn.id
  }
  return path
}
