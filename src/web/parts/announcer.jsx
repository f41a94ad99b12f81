// Reads an answer out to those who cannot see it grow: whole sentences, not
// every word, and when it begins and ends.

import { useEffect, useState } from 'preact/hooks'

import { t } from '../strings.js'

const EVERY_MS = 1500

// What is whole of the text behind from: up to the last sentence's end.
function sentences(text, from) {
  const rest = text.slice(from)
  const end = Math.max(...['. ', '! ', '? ', '\n'].map((mark) =>
    rest.lastIndexOf(mark)))
  return end < 0 ? '' : rest.slice(0, end + 1)
}

const plain = (text) => text.replace(/[`*_#>|]+/g, '').replace(/\s+/g, ' ')

export function Announcer({ turn }) {
  const [said, say] = useState('')

  useEffect(() => {
    if (turn === null)
      return
    let told = 0
    say(t.chat.begins)
    const timer = setInterval(() => {
      const next = sentences(turn.text.peek(), told)
      told += next.length
      if (next.trim() !== '')
        say(plain(next))
    }, EVERY_MS)
    return () => {
      clearInterval(timer)
      say(`${plain(turn.text.peek().slice(told))} ${t.chat.complete}`)
    }
  }, [turn])
  return <div class="for-readers" aria-live="polite" role="log">{said}</div>
}
