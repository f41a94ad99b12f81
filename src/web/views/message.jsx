// A turn: what was asked and what was answered, and what one can do with it.

import { useEffect, useRef, useState } from 'preact/hooks'

import { Button, IconButton } from '../parts/button.jsx'
import { Icon } from '../parts/icons.jsx'
import { Markdown } from '../parts/markdown.jsx'
import { Menu } from '../parts/menu.jsx'
import { formatTime } from '../core/format.js'
import { copyText } from '../core/save.js'
import { models } from '../state/models.js'
import { t } from '../strings.js'

const NOTES = {
  stopped: t.chat.stopped,
  interrupted: t.chat.interrupted,
  cut: t.chat.cut,
  failed: t.chat.failed,
}

export function Message({ turn, siblings, acts }) {
  const [editing, setEditing] = useState(false)
  const send = (prompt) => {
    setEditing(false)
    acts.edit(turn, prompt)
  }
  return (
    <article class="turn" aria-label={turn.prompt.slice(0, 80)}>
      {editing
        ? <Editor text={turn.prompt} onSend={send}
            onCancel={() => setEditing(false)} />
        : <Prompt turn={turn} acts={acts} onEdit={() => setEditing(true)} />}
      <Answer turn={turn} siblings={siblings} acts={acts} />
    </article>
  )
}

function Prompt({ turn, acts, onEdit }) {
  return (
    <section class="prompt">
      <h2 class="for-readers">{t.chat.you}</h2>
      <div class="bubble" dir="auto">{turn.prompt}</div>
      <div class="tools">
        <IconButton icon="copy" label={t.chat.copyMessage}
          onClick={() => copyText(turn.prompt)} />
        {!acts.readOnly && <IconButton icon="edit" label={t.chat.edit}
          disabled={turn.running} onClick={onEdit} />}
      </div>
    </section>
  )
}

function Editor({ text, onSend, onCancel }) {
  const area = useRef()
  useEffect(() => {
    area.current.focus()
    area.current.setSelectionRange(text.length, text.length)
  }, [])
  const submit = (event) => {
    event.preventDefault()
    const value = area.current.value.trim()
    if (value !== '')
      onSend(value)
  }
  const pressed = (event) => {
    if (event.key === 'Escape')
      onCancel()
    else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing)
      submit(event)
  }
  return (
    <form class="editor" onSubmit={submit}>
      <textarea ref={area} aria-label={t.chat.editLabel} defaultValue={text}
        rows={Math.min(10, text.split('\n').length + 1)} onKeyDown={pressed} />
      <div class="editor-buttons">
        <Button onClick={onCancel}>{t.cancel}</Button>
        <button type="submit" class="button primary">
          <span>{t.chat.send}</span>
        </button>
      </div>
    </form>
  )
}

function Answer({ turn, siblings, acts }) {
  const { running } = turn
  const text = turn.text.value
  return (
    <section class="answer" aria-busy={running}>
      <h2 class="answer-model">
        <span class="for-readers">{t.chat.answer('')}</span>{turn.model}
      </h2>
      {text !== '' && <Markdown text={text} growing={running} />}
      {running && text === '' && !turn.lost.value && <Thinking />}
      <Note turn={turn} acts={acts} />
      {!running && <Tools turn={turn} siblings={siblings} acts={acts} />}
    </section>
  )
}

function Thinking() {
  return (
    <p class="thinking"><span class="for-readers">{t.chat.thinking}</span>
      <i /><i /><i /></p>
  )
}

function Note({ turn, acts }) {
  const status = turn.status.value
  if (turn.lost.value)
    return <p class="note lost"><i class="pulse" />{t.chat.lost}</p>
  if (!NOTES[status])
    return null
  const bad = status === 'failed' || status === 'interrupted'
  return (
    <div class={bad ? 'note bad' : 'note'}>
      <p>{turn.problem.value || NOTES[status]}</p>
      {bad && !acts.readOnly && <Button icon="retry"
        onClick={() => acts.regenerate(turn)}>{t.chat.retry}</Button>}
    </div>
  )
}

function Tools({ turn, siblings, acts }) {
  const others = models.value.filter(({ id }) => id !== turn.model)
  return (
    <div class="tools">
      {siblings.length > 1 &&
        <Branches turn={turn} siblings={siblings} acts={acts} />}
      <IconButton icon="copy" label={t.chat.copyAnswer}
        onClick={() => copyText(turn.text.value)} />
      {!acts.readOnly && <>
        <IconButton icon="retry" label={t.chat.regenerate}
          onClick={() => acts.regenerate(turn)} />
        <Menu class="icon-button" label={t.chat.more} title={t.chat.more}
          items={[
            ...others.map(({ id }) => ({ icon: 'retry',
              label: t.chat.regenerateWith(id),
              act: () => acts.regenerate(turn, id) })),
            ...(others.length > 0 ? [null] : []),
            { icon: 'fork', label: t.chat.fork, act: () => acts.fork(turn) },
          ]}>
          <Icon name="more" />
        </Menu>
      </>}
      {turn.createdAt && <time class="when"
        title={formatTime(turn.createdAt)}>{formatTime(turn.createdAt)}</time>}
    </div>
  )
}

function Branches({ turn, siblings, acts }) {
  const at = siblings.indexOf(turn)
  const n = siblings.length
  return (
    <div class="branches" role="group" aria-label={t.chat.branches}>
      <IconButton icon="back" label={t.chat.previous} disabled={at === 0}
        onClick={() => acts.choose(siblings[at - 1])} />
      <span role="status" aria-label={t.chat.branchLabel(at + 1, n)}>
        {t.chat.branch(at + 1, n)}
      </span>
      <IconButton icon="next" label={t.chat.next} disabled={at === n - 1}
        onClick={() => acts.choose(siblings[at + 1])} />
    </div>
  )
}
