// Light, dark, or as the system has it.

import { effect, signal } from '@preact/signals'

const STORED = 'aichat.theme'

export const THEMES = ['system', 'light', 'dark']
export const theme = signal(localStorage.getItem(STORED) ?? 'system')

effect(() => {
  const root = document.documentElement
  if (theme.value === 'system')
    delete root.dataset.theme
  else
    root.dataset.theme = theme.value
})

export function setTheme(name) {
  localStorage.setItem(STORED, name)
  theme.value = name
}

window.addEventListener('storage', ({ key, newValue }) => {
  if (key === STORED)
    theme.value = newValue ?? 'system'
})
