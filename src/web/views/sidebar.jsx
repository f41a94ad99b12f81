// Beside the chat: a new one, search, the conversations, and the account.

import { useEffect, useRef } from 'preact/hooks'

import { IconButton } from '../parts/button.jsx'
import { Icon, Logo } from '../parts/icons.jsx'
import { Menu } from '../parts/menu.jsx'
import { daysAgo, formatMonth } from '../core/format.js'
import { go, href, route } from '../core/route.js'
import { setTheme, theme, THEMES } from '../core/theme.js'
import { logOut, me } from '../state/account.js'
import { flag, hasMore, listArchived, loaded, loadMore, query, refreshList, search,
  showArchived, titleOf, visible } from '../state/conversations.js'
import { closeSide, openSide, sideOpen } from '../state/side.js'
import { attempt } from '../state/toasts.js'
import { t } from '../strings.js'
import { ConversationMenu } from './conversation_menu.jsx'

const SEARCH_AFTER_MS = 200 // of quiet

export function SideButton() {
  const button = useRef()
  const was = useRef(false)
  useEffect(() => {
    if (was.current && !sideOpen.value)
      button.current.focus()
    was.current = sideOpen.value
  }, [sideOpen.value])
  return (
    <span class="side-button" ref={(span) => {
      button.current = span?.firstElementChild }}>
      <IconButton icon="menu" label={t.side.open}
        aria-expanded={sideOpen.value} onClick={openSide} />
    </span>
  )
}

export function Sidebar() {
  const here = route.value
  useEffect(() => {
    refreshList()
  }, [])
  useEffect(closeSide, [here])
  useEffect(() => {
    const escape = ({ key }) => key === 'Escape' && closeSide()
    document.addEventListener('keydown', escape)
    return () => document.removeEventListener('keydown', escape)
  }, [])
  return (
    <>
      {sideOpen.value && <div class="shade" onClick={closeSide} />}
      <aside class={sideOpen.value ? 'side open' : 'side'}
        aria-label={t.side.label}>
        <div class="side-head">
          <a class="brand" href="#/"><Logo />{t.name}</a>
          {sideOpen.value && <CloseButton />}
        </div>
        <a class="button new" href="#/"
          aria-current={here.view === '' ? 'page' : undefined}>
          <Icon name="plus" /><span>{t.side.newChat}</span>
        </a>
        <Search />
        <List here={here.id} />
        <AccountMenu />
      </aside>
    </>
  )
}

function CloseButton() {
  const place = useRef()
  useEffect(() => place.current.firstElementChild.focus(), [])
  return (
    <span ref={place}>
      <IconButton icon="close" label={t.side.close} onClick={closeSide} />
    </span>
  )
}

function Search() {
  const timer = useRef(0)
  const input = useRef()
  const later = (text, ms) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => attempt(() => search(text.trim())), ms)
  }
  const clear = () => {
    input.current.value = ''
    input.current.focus()
    later('', 0)
  }
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input ref={input} type="search" aria-label={t.side.search}
        placeholder={t.side.search} autocomplete="off"
        onInput={(event) => later(event.target.value, SEARCH_AFTER_MS)} />
      {query.value !== '' &&
        <IconButton icon="close" label={t.side.clear} onClick={clear} />}
    </div>
  )
}

function groupOf(conversation) {
  if (query.value !== '')
    return ''
  if (flag(conversation, 'pinned'))
    return t.side.groups.pinned
  const time = conversation.updated_at ?? conversation.created_at
  const days = daysAgo(time)
  if (days <= 0)
    return t.side.groups.today
  if (days === 1)
    return t.side.groups.yesterday
  if (days <= 7)
    return t.side.groups.week
  return days <= 30 ? t.side.groups.month : formatMonth(time)
}

function grouped(list) {
  const pinned = list.filter((entry) => flag(entry, 'pinned'))
  const others = list.filter((entry) => !flag(entry, 'pinned'))
  const ordered = query.value === '' ? [...pinned, ...others] : list
  const groups = []
  for (const conversation of ordered) {
    const name = groupOf(conversation)
    if (groups.at(-1)?.name !== name)
      groups.push({ name, entries: [] })
    groups.at(-1).entries.push(conversation)
  }
  return groups
}

function nothing() {
  if (query.value !== '')
    return t.side.nothing
  return showArchived.value ? t.side.noArchived : t.side.empty
}

function List({ here }) {
  const groups = grouped(visible.value)
  return (
    <nav class="list" aria-label={t.side.label}>
      {showArchived.value && <button type="button" class="list-switch"
        onClick={() => attempt(() => listArchived(false))}>
        <Icon name="back" />{t.side.backToAll}</button>}
      {groups.map(({ name, entries }) => (
        <section key={name}>
          {name && <h2>{name}</h2>}
          <ul>
            {entries.map((entry) =>
              <Entry key={entry.id} conversation={entry} here={here} />)}
          </ul>
        </section>
      ))}
      {groups.length === 0 && loaded.value &&
        <p class="list-empty">{nothing()}</p>}
      {hasMore.value && <button type="button" class="list-switch"
        onClick={() => attempt(loadMore)}>{t.side.more}</button>}
      {!showArchived.value && query.value === '' && loaded.value &&
        <button type="button" class="list-switch quiet"
          onClick={() => attempt(() => listArchived(true))}>
          <Icon name="archive" />{t.side.archived}</button>}
    </nav>
  )
}

function Entry({ conversation, here }) {
  const { id, snippet, highlights } = conversation
  const title = titleOf(conversation) || t.side.untitled
  return (
    <li class={id === here ? 'entry here' : 'entry'}>
      <a href={href('c', id)} aria-current={id === here ? 'page' : undefined}>
        <span class="entry-title">{title}</span>
        {snippet && <Snippet text={snippet} highlights={highlights} />}
      </a>
      <ConversationMenu conversation={conversation} class="icon-button"
        label={t.actions.more(title)}><Icon name="more" /></ConversationMenu>
    </li>
  )
}

// What a search found; highlights says where in it the words are, in code
// points.
function Snippet({ text, highlights = [] }) {
  const letters = [...text]
  const parts = []
  let at = 0
  for (const { start, end } of highlights) {
    parts.push(letters.slice(at, start).join(''),
      <mark key={start}>{letters.slice(start, end).join('')}</mark>)
    at = end
  }
  return <span class="snippet">{parts}{letters.slice(at).join('')}</span>
}

function AccountMenu() {
  const items = [
    { icon: 'settings', label: t.side.settings, act: () => go('settings') },
    { icon: 'chart', label: t.side.usage,
      act: () => go('settings', 'usage') },
    null,
    ...THEMES.map((name) => ({ label: t.side.themes[name],
      checked: theme.value === name, act: () => setTheme(name) })),
    null,
    { icon: 'logout', label: t.side.logOut, act: () => logOut() },
  ]
  const name = me.value?.username ?? ''
  return (
    <Menu class="account" label={`${t.side.account} ${name}`} items={items}>
      <span class="avatar" data-letter={name.slice(0, 1).toUpperCase()} />
      <span class="account-name">{name}</span>
      <Icon name="more" />
    </Menu>
  )
}
