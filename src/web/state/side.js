// Whether the list of conversations is open, where it covers the chat.

import { signal } from '@preact/signals'

export const sideOpen = signal(false)

export function openSide() {
  sideOpen.value = true
}

export function closeSide() {
  sideOpen.value = false
}
