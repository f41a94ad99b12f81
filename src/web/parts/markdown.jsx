// An answer's text. While it grows only the blocks that changed are made anew,
// which is the last one; the renderer is loaded when it is first needed.

import { useLayoutEffect, useRef, useState } from 'preact/hooks'

import { copyText } from '../core/save.js'

let renderer = null
const loading = import('./markdown_html.js').then((module) => {
  renderer = module
})

const GROWS_MS = 60 // between two drawings of a growing answer

function draw(root, text, drawn) {
  const blocks = renderer.blocksOf(text)
  const keep = blocks.findIndex(({ raw }, i) => raw !== drawn[i])
  const from = keep < 0 ? blocks.length : keep
  while (root.children.length > from)
    root.lastElementChild.remove()
  for (const block of blocks.slice(from)) {
    const div = document.createElement('div')
    div.append(renderer.renderBlock(block))
    root.append(div)
  }
  return blocks.map(({ raw }) => raw)
}

function copyCode(event) {
  if (event.target.matches?.('.code-copy'))
    copyText(event.target.closest('.code').querySelector('code').textContent)
}

export function Markdown({ text, growing }) {
  const root = useRef()
  const state = useRef({ drawn: [], timer: 0, text: '' }).current
  const [ready, setReady] = useState(renderer !== null)

  state.text = text
  useLayoutEffect(() => {
    if (!ready) {
      loading.then(() => setReady(true))
      return
    }
    const now = () => {
      state.timer = 0
      state.drawn = draw(root.current, state.text, state.drawn)
    }
    if (!growing || state.drawn.length === 0) {
      clearTimeout(state.timer)
      now()
    } else if (state.timer === 0) {
      state.timer = setTimeout(now, GROWS_MS)
    }
  }, [text, growing, ready])
  useLayoutEffect(() => () => clearTimeout(state.timer), [])
  return <div ref={root} class="markdown" onClick={copyCode} />
}
