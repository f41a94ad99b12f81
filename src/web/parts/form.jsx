// A form that sends: busy while it does, and what the server says stands
// where it is read out.

import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'

import { IconButton } from './button.jsx'
import { t } from '../strings.js'

// onSend gets the fields by name, and may throw an error.
export function Form({ onSend, children, class: more = '', action,
  kind = 'primary' }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')

  const send = async (event) => {
    event.preventDefault()
    const form = event.currentTarget
    setBusy(true)
    setProblem('')
    try {
      await onSend(Object.fromEntries(new FormData(form)), form)
    } catch (error) {
      setProblem(error.message)
      form.querySelector('input')?.focus()
    } finally {
      setBusy(false)
    }
  }
  return (
    <form class={`form ${more}`} onSubmit={send} aria-busy={busy}>
      {children}
      <p class="problem" role="alert">{problem}</p>
      <button class={`button ${kind}`} type="submit" disabled={busy}>
        <span>{action}</span>
      </button>
    </form>
  )
}

// The browser's own autofocus is for the document's first fields, and for
// dialogs as they open.
function useFocus(wanted) {
  const input = useRef()
  useLayoutEffect(() => {
    if (wanted)
      input.current.focus()
  }, [])
  return input
}

export function Field({ label, hint, autofocus, ...rest }) {
  const id = useId()
  const input = useFocus(autofocus)
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input ref={input} id={id} required autofocus={autofocus}
        aria-describedby={hint && `${id}-hint`} {...rest} />
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  )
}

export function PasswordField({ label, hint, autofocus, ...rest }) {
  const id = useId()
  const input = useFocus(autofocus)
  const [shown, setShown] = useState(false)
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="with-button">
        <input ref={input} id={id} required autofocus={autofocus}
          type={shown ? 'text' : 'password'}
          autocapitalize="none" spellcheck={false}
          aria-describedby={hint && `${id}-hint`} {...rest} />
        <button type="button" class="show" aria-pressed={shown}
          aria-label={t.auth.show} title={shown ? t.auth.hide : t.auth.show}
          onClick={() => setShown(!shown)}>
          <Eye open={shown} />
        </button>
      </div>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  )
}

function Eye({ open }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 12s3.3-6 9-6 9 6 9 6-3.3 6-9 6-9-6-9-6z" />
      <path d="M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z" />
      {!open && <path d="M4 20L20 4" />}
    </svg>
  )
}

// A text to be taken along, with a button that copies it.
export function CopyField({ label, value, onCopy }) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="with-button">
        <input id={id} readOnly value={value} class="mono"
          onFocus={(event) => event.target.select()} />
        <IconButton icon="copy" label={`${t.copy}: ${label}`}
          onClick={() => onCopy(value)} />
      </div>
    </div>
  )
}
