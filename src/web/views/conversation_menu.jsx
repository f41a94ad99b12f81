// What one can do with a conversation as a whole.

import { useState } from 'preact/hooks'

import { Button, IconButton } from '../parts/button.jsx'
import { Confirm, Dialog } from '../parts/dialog.jsx'
import { CopyField, Field, Form } from '../parts/form.jsx'
import { Menu } from '../parts/menu.jsx'
import { copyText } from '../core/save.js'
import { go, route } from '../core/route.js'
import { change, flag, remove, share, titleOf, unshare }
  from '../state/conversations.js'
import { exportJson, exportText } from '../state/export.js'
import { attempt, toast } from '../state/toasts.js'
import { t } from '../strings.js'

export function ConversationMenu({ conversation, children, ...rest }) {
  const [dialog, setDialog] = useState(null)
  const close = () => setDialog(null)
  const pinned = flag(conversation, 'pinned')
  const archived = flag(conversation, 'archived')
  const set = (name, value) => () =>
    attempt(() => change(conversation, { [name]: String(value) }))
  const items = [
    { icon: 'edit', label: t.actions.rename, act: () => setDialog('rename') },
    { icon: 'pin', label: pinned ? t.actions.unpin : t.actions.pin,
      act: set('pinned', !pinned) },
    { icon: 'archive', act: set('archived', !archived),
      label: archived ? t.actions.unarchive : t.actions.archive },
    { icon: 'share', label: t.actions.share, act: () => setDialog('share') },
    null,
    { icon: 'download', label: t.actions.exportText,
      act: () => attempt(() => exportText(conversation)) },
    { icon: 'download', label: t.actions.exportJson,
      act: () => attempt(() => exportJson(conversation)) },
    null,
    { icon: 'trash', label: t.actions.remove, danger: true,
      act: () => setDialog('remove') },
  ]
  return (
    <>
      <Menu items={items} {...rest}>{children}</Menu>
      {dialog === 'rename' && <Rename {...{ conversation, close }} />}
      {dialog === 'share' && <Share {...{ conversation, close }} />}
      {dialog === 'remove' && <Remove {...{ conversation, close }} />}
    </>
  )
}

export function ShareButton({ conversation }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <IconButton icon="share" label={t.actions.share}
        onClick={() => setOpen(true)} />
      {open && <Share conversation={conversation}
        close={() => setOpen(false)} />}
    </>
  )
}

function Rename({ conversation, close }) {
  const send = async ({ title }) => {
    await change(conversation, { title })
    close()
  }
  return (
    <Dialog title={t.actions.rename} onClose={close}>
      <Form onSend={send} action={t.save}>
        <Field label={t.actions.title} name="title" maxLength={200} autofocus
          defaultValue={titleOf(conversation)} />
      </Form>
    </Dialog>
  )
}

function Share({ conversation, close }) {
  const [url, setUrl] = useState(null)
  const make = () => attempt(async () => setUrl(await share(conversation)))
  const end = async () => {
    if (await attempt(() => unshare(conversation))) {
      toast(t.share.stopped)
      close()
    }
  }
  return (
    <Dialog title={t.share.title} onClose={close}>
      <p>{t.share.text}</p>
      {conversation.shared && !url && <p>{t.share.is}</p>}
      {url && <CopyField label={t.share.link} value={url} onCopy={copyText} />}
      <footer>
        {conversation.shared && <Button onClick={end}>{t.share.stop}</Button>}
        {url
          ? <Button kind="primary" icon="copy"
              onClick={() => copyText(url)}>{t.share.copy}</Button>
          : <Button kind="primary" icon="share"
              onClick={make}>{t.share.make}</Button>}
      </footer>
    </Dialog>
  )
}

function Remove({ conversation, close }) {
  const confirm = async () => {
    if (!await attempt(() => remove(conversation.id)))
      return
    close()
    if (route.value.id === conversation.id)
      go()
  }
  return (
    <Confirm title={t.actions.removeTitle} action={t.actions.remove}
      text={t.actions.removeText(titleOf(conversation) || t.side.untitled)}
      onConfirm={confirm} onClose={close} />
  )
}
