// The models there are, and the one that is asked next.

import { computed, signal } from '@preact/signals'

import { call } from '../core/http.js'

const STORED = 'aichat.model'

export const models = signal([])
const wanted = signal(localStorage.getItem(STORED))

export const model = computed(() => {
  const ids = models.value.map(({ id }) => id)
  return ids.includes(wanted.value) ? wanted.value : ids[0] ?? 'gpt'
})

export function chooseModel(id) {
  localStorage.setItem(STORED, id)
  wanted.value = id
}

export async function loadModels() {
  models.value = (await call('GET', '/v1/models')).data
}
