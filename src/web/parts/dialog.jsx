// Dialogs are the browser's own: focus stays inside, Escape closes.

import { useId, useLayoutEffect, useRef } from 'preact/hooks'

import { IconButton, Button } from './button.jsx'
import { t } from '../strings.js'

export function Dialog({ title, onClose, children, class: more = '' }) {
  const id = useId()
  const dialog = useRef()

  useLayoutEffect(() => {
    dialog.current.showModal()
  }, [])
  const outside = (event) => {
    if (event.target === dialog.current)
      dialog.current.close()
  }
  return (
    <dialog ref={dialog} class={`dialog ${more}`} aria-labelledby={id}
      onClose={onClose} onMouseDown={outside}>
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={t.close}
            onClick={() => dialog.current.close()} />
        </header>
        {children}
      </div>
    </dialog>
  )
}

// A question whose answer cannot be taken back.
export function Confirm({ title, text, action, onConfirm, onClose }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <footer>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="danger" onClick={onConfirm}>{action}</Button>
      </footer>
    </Dialog>
  )
}
