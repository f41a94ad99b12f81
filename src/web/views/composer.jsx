// Where one writes. A draft is kept for each conversation, so that neither a
// reload nor a refused message loses it.

import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState }
  from 'preact/hooks'

import { Icon } from '../parts/icons.jsx'
import { Menu } from '../parts/menu.jsx'
import { formatClock } from '../core/format.js'
import { allowance, usedUp } from '../state/account.js'
import { chooseModel, model, models } from '../state/models.js'
import { t } from '../strings.js'

const FEW = 5 // messages left that are worth a word
const draftKey = (id) => `aichat.draft.${id ?? 'new'}`

export function Composer({ id, running, onSend, onStop, api }) {
  const area = useRef()
  const [text, setText] = useState('')

  const keep = (value) => {
    setText(value)
    if (value === '')
      localStorage.removeItem(draftKey(id))
    else
      localStorage.setItem(draftKey(id), value)
  }
  useEffect(() => {
    setText(localStorage.getItem(draftKey(id)) ?? '')
    if (matchMedia('(hover: hover)').matches)
      area.current.focus()
  }, [id])
  useLayoutEffect(() => {
    area.current.style.height = 'auto'
    area.current.style.height = `${area.current.scrollHeight}px`
  }, [text])
  useImperativeHandle(api, () => ({
    put: keep,
    focus: () => area.current.focus(),
  }), [id])

  const prompt = text.trim()
  const ready = prompt !== '' && !running && !usedUp.value
  const send = (event) => {
    event?.preventDefault()
    if (!ready)
      return
    keep('')
    onSend(prompt)
  }
  const pressed = (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      send()
    } else if (event.key === 'Escape' && running) {
      onStop()
    }
  }
  return (
    <form class="composer" onSubmit={send}>
      <textarea ref={area} rows={1} value={text} placeholder={t.chat.ask}
        aria-label={t.chat.message} title={t.chat.hint} enterkeyhint="send"
        dir="auto" onInput={(event) => keep(event.target.value)}
        onKeyDown={pressed} />
      <div class="composer-row">
        <ModelMenu />
        <span class="grow" />
        <Left />
        {running
          ? <button type="button" class="round" aria-label={t.chat.stop}
              title={t.chat.stop} onClick={onStop}><Icon name="stop" /></button>
          : <button type="submit" class="round" disabled={!ready}
              aria-label={t.chat.send} title={t.chat.send}>
              <Icon name="send" />
            </button>}
      </div>
    </form>
  )
}

function ModelMenu() {
  const items = models.value.map(({ id, owned_by }) => ({
    label: id, note: owned_by, checked: id === model.value,
    act: () => chooseModel(id) }))
  return (
    <Menu class="model-button" label={`${t.chat.model}: ${model.value}`}
      items={items}>
      <span>{model.value}</span>
      <Icon name="expand" />
    </Menu>
  )
}

function Left() {
  const left = allowance.value
  if (left === null)
    return null
  return (
    <span class={left.remaining <= FEW ? 'left few' : 'left'}>
      {t.chat.left(left.remaining)}
    </span>
  )
}

export function UsedUp() {
  const { limit, resets } = allowance.value ?? {}
  return usedUp.value && (
    <p class="used-up" role="status">
      {t.chat.usedUp(limit, formatClock(resets))}
    </p>
  )
}
