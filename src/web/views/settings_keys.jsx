// Keys for scripts and SDKs.

import { useState } from 'preact/hooks'

import { Button } from '../parts/button.jsx'
import { Confirm, Dialog } from '../parts/dialog.jsx'
import { CopyField, Field, Form } from '../parts/form.jsx'
import { Loaded, useLoaded } from '../parts/load.jsx'
import { formatTime } from '../core/format.js'
import { copyText } from '../core/save.js'
import { listKeys, makeKey, revokeKey } from '../state/account.js'
import { attempt } from '../state/toasts.js'
import { t } from '../strings.js'
import { Section } from './settings.jsx'

export function KeysTab() {
  const [keys, reload] = useLoaded(listKeys)
  const [made, setMade] = useState(null)
  const [doomed, setDoomed] = useState(null)
  const make = async ({ name }, form) => {
    setMade(await makeKey(name.trim()))
    form.reset()
    await reload()
  }
  const revoke = () => attempt(async () => {
    await revokeKey(doomed.id)
    setDoomed(null)
    await reload()
  })
  return (
    <Section title={t.keys.title} text={t.keys.text}>
      <CopyField label={t.keys.endpoint} value={`${location.origin}/v1`}
        onCopy={copyText} />
      <Loaded value={keys}>{(list) =>
        <Keys list={list.filter(({ revoked }) => !revoked)}
          onRevoke={setDoomed} />}</Loaded>
      <Form class="inline" onSend={make} action={t.keys.make}>
        <Field label={t.keys.name} name="name" maxLength={100}
          autocomplete="off" />
      </Form>
      {made && <Dialog title={t.keys.made} onClose={() => setMade(null)}>
        <p>{t.keys.once}</p>
        <CopyField label={made.name} value={made.key} onCopy={copyText} />
      </Dialog>}
      {doomed && <Confirm title={t.keys.revokeTitle} action={t.keys.revoke}
        text={t.keys.revokeText(doomed.name)} onConfirm={revoke}
        onClose={() => setDoomed(null)} />}
    </Section>
  )
}

function Keys({ list, onRevoke }) {
  if (list.length === 0)
    return <p class="hint">{t.keys.none}</p>
  return (
    <ul class="rows">
      {list.map((key) => (
        <li key={key.id}>
          <div>
            <strong>{key.name}</strong> <code>{key.prefix}…</code>
            <p class="hint">{t.keys.created(formatTime(key.created_at))} · {
              key.used_at ? t.keys.used(formatTime(key.used_at))
                : t.keys.unused}</p>
          </div>
          <Button aria-label={t.keys.revokeLabel(key.name)}
            onClick={() => onRevoke(key)}>{t.keys.revoke}</Button>
        </li>
      ))}
    </ul>
  )
}
