// A conversation: its head, its messages, and where one writes.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'

import { Announcer } from '../parts/announcer.jsx'
import { IconButton } from '../parts/button.jsx'
import { Icon } from '../parts/icons.jsx'
import { Windowed } from '../parts/windowed.jsx'
import { listen } from '../core/channel.js'
import { go } from '../core/route.js'
import { me } from '../state/account.js'
import { find, fork, titleOf } from '../state/conversations.js'
import { chooseModel } from '../state/models.js'
import { Thread } from '../state/thread.js'
import { attempt, toast } from '../state/toasts.js'
import { t } from '../strings.js'
import { Composer, UsedUp } from './composer.jsx'
import { ConversationMenu, ShareButton } from './conversation_menu.jsx'
import { Message } from './message.jsx'
import { SideButton } from './sidebar.jsx'

const TURN_HEIGHT = 220 // pixels, until it has been measured

// The thread of this id; one that got its id while open stays the same.
function useThread(id) {
  const current = useRef(null)
  if (current.current === null || current.current.id.peek() !== id) {
    current.current?.close()
    current.current = new Thread(id)
    if (id !== null)
      current.current.load()
  }
  useEffect(() => () => current.current.close(), [])
  useEffect(() => listen('removed', (gone) =>
    gone === current.current.id.peek() && go()), [])
  return current.current
}

export function Chat({ id }) {
  const thread = useThread(id)
  const composer = useRef()
  const list = useRef()
  const [atEnd, setAtEnd] = useState(true)

  const send = async (prompt, parent) => {
    list.current?.toEnd()
    try {
      await thread.send(prompt, parent)
    } catch (error) {
      toast(error.message, 'error')
      composer.current?.put(prompt)
    }
  }
  const acts = useMemo(() => ({
    edit: (turn, prompt) => send(prompt, turn.parent),
    regenerate(turn, model) {
      if (model)
        chooseModel(model)
      send(turn.prompt, turn.parent)
    },
    choose: (turn) => thread.choose(turn),
    fork: (turn) => attempt(async () =>
      go('c', (await fork(thread.id.value, turn.id)).id)),
  }), [thread])

  const path = thread.path.value
  const running = thread.running.value
  const empty = path.length === 0 && thread.loaded.value
  return (
    <main class={empty ? 'chat empty' : 'chat'} id="main">
      <Head conversation={find(thread.id.value)} empty={empty} />
      {thread.problem.value
        ? <p class="nothing" role="alert">{thread.problem.value}</p>
        : empty
          ? <div class="greeting"><h1>{t.chat.greeting(me.value?.username)}</h1>
            </div>
          : <Windowed entries={path} api={list} estimate={TURN_HEIGHT}
              keyOf={({ turn }) => turn.key} onEnd={setAtEnd}
              onNearTop={() => thread.loadOlder()} tabIndex={0} role="region"
              aria-label={t.chat.thread} render={({ turn, siblings }) =>
                <Message turn={turn} siblings={siblings} acts={acts} />} />}
      {!thread.problem.value && <div class="bottom">
        {!atEnd && !empty && <IconButton icon="down" class="to-end"
          label={t.chat.toEnd} onClick={() => list.current.toEnd()} />}
        <UsedUp />
        <Composer key={id} id={id} api={composer} running={running !== null}
          onSend={(prompt) => send(prompt)}
          onStop={() => attempt(() => thread.stop())} />
      </div>}
      <Announcer turn={running} />
    </main>
  )
}

function Head({ conversation, empty }) {
  return (
    <header class="head">
      <SideButton />
      {empty ? <span class="grow" />
        : <h1>{titleOf(conversation) || t.side.untitled}</h1>}
      {conversation && <>
        <ShareButton conversation={conversation} />
        <ConversationMenu conversation={conversation} class="icon-button"
          label={t.chat.actions}>
          <Icon name="more" />
        </ConversationMenu>
      </>}
    </header>
  )
}
