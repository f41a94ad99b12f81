// Markdown to sanitised nodes. An answer is foreign text: HTML in it is shown
// as text, pictures as links, and what marked made passes DOMPurify, the one
// door that Trusted Types leave open.

import DOMPurify from 'dompurify'
import { Lexer, Marked } from 'marked'

import { highlight } from './highlight.js'
import { t } from '../strings.js'

const ALLOWED = {
  ALLOWED_TAGS: ['a', 'blockquote', 'br', 'code', 'del', 'em', 'h1', 'h2',
    'h3', 'h4', 'h5', 'h6', 'hr', 'input', 'li', 'ol', 'p', 'pre', 'span',
    'strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
  ALLOWED_ATTR: ['align', 'checked', 'class', 'disabled', 'href', 'start',
    'title', 'type'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ADD_URI_SAFE_ATTR: ['align', 'checked', 'disabled', 'start', 'type'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
}

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text) => text.replace(/[&<>"]/g, (c) => ESCAPES[c])

const marked = new Marked({
  gfm: true,
  breaks: false,
  renderer: {
    html: ({ text, raw }) => escaped(raw ?? text),
    image: ({ href, text }) =>
      `<a href="${escaped(href)}">${escaped(text || t.code.image)}</a>`,
  },
})

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    node.setAttribute('target', '_blank')
    node.setAttribute('rel', 'noopener noreferrer nofollow')
  }
  if (node.tagName === 'INPUT' && node.getAttribute('type') !== 'checkbox')
    node.remove()
})

// The top-level blocks of a text, each with its source in raw.
export function blocksOf(text) {
  const tokens = new Lexer(marked.defaults).lex(text)
  return tokens.filter(({ type }) => type !== 'space')
    .map((token) => ({ raw: token.raw, token, links: tokens.links }))
}

// Nodes for one block. Small: they replace those of the block before.
export function renderBlock({ token, links }) {
  const html = marked.parser(Object.assign([token], { links }))
  const fragment = DOMPurify.sanitize(html, ALLOWED)
  fragment.querySelectorAll('pre > code').forEach(dressCode)
  fragment.querySelectorAll('table').forEach(dressTable)
  fragment.querySelectorAll('input').forEach((box) => {
    box.disabled = true
    box.setAttribute('aria-label', box.parentElement.textContent.trim())
  })
  return fragment
}

function element(name, attributes, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(attributes))
    node.setAttribute(key, value)
  node.append(...children)
  return node
}

function dressCode(code) {
  const language = /language-([\w+#.-]+)/.exec(code.className)?.[1] ?? ''
  const text = code.textContent
  const pre = code.parentElement
  const colours = highlight(text, language)
  if (colours)
    code.replaceChildren(DOMPurify.sanitize(colours, ALLOWED))
  const frame = element('div', { class: 'code' },
    element('div', { class: 'code-bar' }, element('span', {}, language),
      element('button', { type: 'button', class: 'code-copy',
        'aria-label': t.code.copy }, t.copy)))
  pre.replaceWith(frame)
  // Scrolled sideways by keyboard, too.
  pre.tabIndex = 0
  pre.setAttribute('role', 'region')
  pre.setAttribute('aria-label', t.code.label(language))
  frame.append(pre)
}

function dressTable(table) {
  const frame = element('div', { class: 'table', tabindex: 0, role: 'region',
    'aria-label': t.code.table })
  table.replaceWith(frame)
  frame.append(table)
}
