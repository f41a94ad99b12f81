// The conversation that is open: its turns as far as they were loaded, the
// path that is read, and what one does in it.

import { batch, computed, signal } from '@preact/signals'

import { listen, onReturn, tell } from '../core/channel.js'
import { call, newKey } from '../core/http.js'
import { go } from '../core/route.js'
import { loadMe } from './account.js'
import { begin, follow, leave, stop } from './answers.js'
import { openConversation, refreshList, touch } from './conversations.js'
import { model } from './models.js'
import { toast } from './toasts.js'
import { ROOT, Turn, pathThrough, turnsFrom } from './turns.js'
import { t } from '../strings.js'

const PAGE = 100 // items
const NOTHING = `resp_${'0'.repeat(32)}` // what a new first prompt goes on from

export class Thread {
  constructor(id) {
    this.id = signal(id) // null until the first prompt was sent
    this.turns = signal([]) // in the order of their making
    this.chosen = signal(new Map()) // child by parent, at forks
    this.loaded = signal(id === null)
    this.problem = signal('')
    this.hasOlder = signal(false)
    this.loadingOlder = false
    this.path = computed(() =>
      pathThrough(this.turns.value, this.chosen.value))
    this.last = computed(() => this.path.value.at(-1)?.turn ?? null)
    this.running = computed(() =>
      this.turns.value.find((turn) => turn.running) ?? null)
    this.endings = [
      listen('thread', (id) => id === this.id.value && this.refresh()),
      onReturn(() => this.refresh()),
    ]
  }

  async fetchItems(after) {
    const params = new URLSearchParams({ limit: PAGE, order: 'desc' })
    if (after)
      params.set('after', after)
    return call('GET', `/v1/conversations/${this.id.value}/items?${params}`)
  }

  async load() {
    try {
      await openConversation(this.id.value)
      await this.take(await this.fetchItems(), { newest: true })
      this.loaded.value = true
    } catch (error) {
      this.problem.value = error.status === 404
        ? t.chat.notFound : error.message
    }
  }

  // What another tab, or another device, has done meanwhile.
  async refresh() {
    if (this.id.value === null || !this.loaded.value)
      return
    try {
      await this.take(await this.fetchItems(), { newest: true, again: true })
    } catch {
      // Later, on the next occasion.
    }
  }

  async loadOlder() {
    if (!this.hasOlder.value || this.loadingOlder)
      return
    this.loadingOlder = true
    try {
      await this.take(await this.fetchItems(this.oldest), { newest: false })
    } catch (error) {
      toast(error.message, 'error')
    } finally {
      this.loadingOlder = false
    }
  }

  // A page of items, newest first, into the list of turns.
  async take(page, { newest, again = false }) {
    const known = new Map(this.turns.value.map((turn) => [turn.id, turn]))
    const added = []
    for (const fields of turnsFrom(page.data.toReversed())) {
      const turn = known.get(fields.id)
      if (turn === undefined)
        added.push(new Turn(fields))
      else if (!turn.running || fields.status !== 'running')
        this.update(turn, fields)
    }
    if (!again) {
      this.oldest = page.data.at(-1)?.id
      this.hasOlder.value = page.has_more
    }
    if (added.length > 0)
      this.turns.value = newest ? [...this.turns.value, ...added]
        : [...added, ...this.turns.value]
    for (const turn of this.turns.value)
      if (turn.running)
        follow(turn).then((followed) => followed && this.look())
  }

  // The first item of a page may be an answer whose prompt was on the next.
  update(turn, { prompt, text, status, parent, problem }) {
    turn.prompt ||= prompt
    turn.parent ??= parent
    if (text.length >= turn.text.value.length)
      turn.text.value = text
    if (turn.running && status !== 'running')
      leave(turn)
    if (turn.status.value === 'running' || !turn.problem.value)
      turn.status.value = status
    turn.problem.value ||= problem ?? ''
  }

  // The newest branch is the one that is read.
  add(turn) {
    const chosen = new Map(this.chosen.value)
    chosen.delete(turn.parent ?? ROOT)
    this.chosen.value = chosen
    this.turns.value = [...this.turns.value, turn]
  }

  drop(turn) {
    this.turns.value = this.turns.value.filter((entry) => entry !== turn)
  }

  choose(turn) {
    const chosen = new Map(this.chosen.value)
    chosen.set(turn.parent ?? ROOT, turn.id)
    this.chosen.value = chosen
  }

  // What an answer's end changes beside it: the title may be the answer's.
  look() {
    refreshList()
    loadMe().catch(() => {})
  }

  ended() {
    this.look()
    tell('conversations')
    tell('thread', this.id.value)
    tell('account')
  }

  /*
   * Send a prompt behind the turn with the id parent. Rejects when the
   * server refused it; the prompt is the caller's to keep then.
   */
  async send(prompt, parent = this.last.value?.id ?? null) {
    const turn = new Turn({ id: newKey(), parent, prompt,
      model: model.value, createdAt: Date.now() / 1000 })
    this.add(turn)
    try {
      await begin(turn, this.bodyOf(turn), newKey(), (response) =>
        this.started(turn, response))
      this.ended()
    } catch (error) {
      this.refused(turn, error)
    }
  }

  // Behind the latest turn is where the server puts it by itself, and where
  // there is no conversation yet it makes one with the turn.
  bodyOf({ model, prompt, parent }) {
    const body = { model, input: prompt }
    if (this.id.value === null)
      return body
    body.conversation = this.id.value
    if (parent !== (this.turns.value.at(-2)?.id ?? null))
      body.previous_response_id = parent ?? NOTHING
    return body
  }

  // A refresh may have brought it already.
  started(turn, response) {
    const twins = this.turns.value.filter(({ id }) => id === response.id)
    twins.forEach(leave)
    turn.id = response.id
    this.turns.value = this.turns.value.filter((other) =>
      !twins.includes(other))
    this.place(response.conversation.id)
    touch(this.id.value)
    tell('thread', this.id.value)
  }

  // A conversation that has just been made has its own address from now on.
  place(id) {
    if (this.id.value !== null)
      return
    // At once, or the view takes the address for another conversation's.
    batch(() => {
      this.id.value = id
      go('c', id, { replace: true })
    })
    openConversation(id).catch(() => {})
  }

  // What failed before it began leaves nothing behind.
  refused(turn, error) {
    if (turn.seen < 0 && turn.text.value === '') {
      this.drop(turn)
      throw error
    }
    turn.status.value = 'failed'
    turn.problem.value = error.message
    this.ended()
  }

  async stop() {
    const turn = this.running.value
    if (turn !== null)
      await stop(turn)
  }

  close() {
    this.endings.forEach((end) => end())
    this.turns.value.forEach(leave)
    refreshList()
  }
}
