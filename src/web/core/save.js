// Hands the reader a file, and puts text on the clipboard.

import { t } from '../strings.js'
import { toast } from '../state/toasts.js'

export function saveFile(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10000)
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    toast(t.copied)
    return true
  } catch {
    toast(t.notCopied)
    return false
  }
}
