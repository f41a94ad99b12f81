// A menu behind a button (WAI-ARIA menu button pattern): arrows, Home, End,
// first letters, Escape. It is a popover, so nothing clips it.

import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'

import { Icon } from './icons.jsx'

const GAP = 6

// Below the button, or above it when there is more room; within the window.
function place(menu, button) {
  const at = button.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = menu
  const below = innerHeight - at.bottom - GAP
  const left = at.left + width > innerWidth - GAP ? at.right - width : at.left
  menu.style.left = `${Math.max(GAP, left)}px`
  menu.style.top = below >= height || below > at.top
    ? `${at.bottom + GAP}px` : `${Math.max(GAP, at.top - GAP - height)}px`
}

function move(event, menu) {
  const items = [...menu.querySelectorAll('[role^=menuitem]')]
  const at = items.indexOf(document.activeElement)
  const to = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  }[event.key] ?? items.findIndex((item, i) => event.key.length === 1 &&
    i > at && item.textContent.toLowerCase().startsWith(event.key))
  if (event.key === 'Tab')
    menu.hidePopover()
  if (to < 0 || items.length === 0)
    return
  event.preventDefault()
  items[to].focus()
}

/*
 * Items: {label, icon, note, act, checked, danger}, null for a line. The
 * button is drawn by children; class and label are the button's.
 */
export function Menu({ items, label, class: look = '', children, title }) {
  const id = useId()
  const menu = useRef()
  const button = useRef()
  const [open, setOpen] = useState(false)

  useLayoutEffect(() => {
    if (!open)
      return
    const list = menu.current
    place(list, button.current)
    const first = list.querySelector('[aria-checked=true]') ??
      list.querySelector('[role^=menuitem]')
    first?.focus()
  }, [open])
  const run = (act) => {
    menu.current.hidePopover()
    button.current.focus()
    act()
  }
  return (
    <>
      <button ref={button} type="button" class={look} aria-haspopup="menu"
        aria-expanded={open} aria-label={label} title={title}
        popovertarget={id}>
        {children}
      </button>
      <div ref={menu} id={id} popover="auto" role="menu" aria-label={label}
        class="menu" onToggle={({ newState }) => setOpen(newState === 'open')}
        onKeyDown={(event) => move(event, menu.current)}>
        {open && items.map((item, i) => (item === null
          ? <div key={i} role="separator" class="menu-line" />
          : <Item key={i} {...item} run={run} />))}
      </div>
    </>
  )
}

function Item({ label, icon, note, act, checked, danger, run }) {
  const radio = checked !== undefined
  return (
    <button type="button" tabindex={-1}
      class={danger ? 'menu-item danger' : 'menu-item'}
      role={radio ? 'menuitemradio' : 'menuitem'}
      aria-checked={radio ? checked : undefined} onClick={() => run(act)}>
      {icon && <Icon name={icon} />}
      <span class="menu-label">{label}</span>
      {note && <span class="menu-note">{note}</span>}
      {radio && <Icon name={checked ? 'check' : 'none'} />}
    </button>
  )
}
