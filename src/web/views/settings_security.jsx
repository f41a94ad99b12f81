// Password, second step, and where one is logged in.

import { useState } from 'preact/hooks'

import { Button } from '../parts/button.jsx'
import { CopyField, Field, Form, PasswordField } from '../parts/form.jsx'
import { Loaded, useLoaded } from '../parts/load.jsx'
import { QrCode } from '../parts/qr_code.jsx'
import { formatTime } from '../core/format.js'
import { copyText } from '../core/save.js'
import { beginTotp, changePassword, confirmTotp, endSession, listSessions,
  logOut, me, removeTotp } from '../state/account.js'
import { attempt, toast } from '../state/toasts.js'
import { t } from '../strings.js'
import { Section } from './settings.jsx'

export function SecurityTab() {
  return <><Password /><Totp /><Sessions /></>
}

function Password() {
  const send = async ({ password, new_password }, form) => {
    await changePassword(password, new_password)
    form.reset()
    toast(t.security.changed)
  }
  return (
    <Section title={t.security.password}>
      <Form onSend={send} action={t.security.change} kind="plain">
        <PasswordField label={t.security.current} name="password"
          autocomplete="current-password" />
        <PasswordField label={t.security.next} name="new_password"
          autocomplete="new-password" hint={t.auth.passwordHint} />
      </Form>
    </Section>
  )
}

function Totp() {
  const [begun, setBegun] = useState(null)
  const [codes, setCodes] = useState(null)
  const on = me.value?.totp_enabled
  const confirm = async ({ otp }) => {
    setCodes(await confirmTotp(otp.trim()))
    setBegun(null)
  }
  return (
    <Section title={t.security.totp}
      text={on ? t.security.totpOn : t.security.totpOff}>
      {codes && <Codes codes={codes} onDone={() => setCodes(null)} />}
      {begun && <SetUp {...begun} confirm={confirm}
        cancel={() => setBegun(null)} />}
      {!on && !begun && <BeginTotp onBegun={setBegun} />}
      {on && !codes && <EndTotp />}
    </Section>
  )
}

function BeginTotp({ onBegun }) {
  const [open, setOpen] = useState(false)
  const send = async ({ password }) => onBegun(await beginTotp(password))
  if (!open)
    return <Button onClick={() => setOpen(true)}>{t.security.totpBegin}</Button>
  return (
    <Form onSend={send} action={t.security.totpBegin}>
      <PasswordField label={t.security.current} name="password"
        autocomplete="current-password" autofocus />
    </Form>
  )
}

function SetUp({ secret, uri, confirm, cancel }) {
  return (
    <div class="set-up">
      <p>{t.security.scan}</p>
      <QrCode text={uri} label={t.security.qr} />
      <CopyField label={t.security.secret} value={secret} onCopy={copyText} />
      <Form onSend={confirm} action={t.security.confirm}>
        <Field label={t.security.code} name="otp" inputmode="numeric"
          autocomplete="one-time-code" autofocus />
      </Form>
      <Button kind="link" onClick={cancel}>{t.cancel}</Button>
    </div>
  )
}

function Codes({ codes, onDone }) {
  return (
    <div class="codes">
      <h3>{t.security.codes}</h3>
      <p>{t.security.codesText}</p>
      <ul>{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
      <div class="buttons">
        <Button icon="copy" onClick={() => copyText(codes.join('\n'))}>
          {t.copy}</Button>
        <Button kind="primary" onClick={onDone}>{t.done}</Button>
      </div>
    </div>
  )
}

function EndTotp() {
  const [open, setOpen] = useState(false)
  const send = async ({ password, otp }) => {
    await removeTotp(password, otp.trim())
    setOpen(false)
  }
  if (!open)
    return <Button onClick={() => setOpen(true)}>{t.security.totpEnd}</Button>
  return (
    <Form onSend={send} action={t.security.totpEnd} kind="danger">
      <PasswordField label={t.security.current} name="password"
        autocomplete="current-password" autofocus />
      <Field label={t.auth.otp} name="otp" autocomplete="one-time-code" />
    </Form>
  )
}

function Sessions() {
  const [sessions, reload] = useLoaded(listSessions)
  const end = (id) => attempt(async () => {
    await endSession(id)
    await reload()
  })
  return (
    <Section title={t.security.sessions} text={t.security.sessionsText}>
      <Loaded value={sessions}>{(list) => (
        <ul class="rows">
          {list.map((session) => (
            <Session key={session.id} {...session} end={end} />
          ))}
        </ul>
      )}</Loaded>
      <Button onClick={() => logOut({ all: true })}>{t.security.endAll}
      </Button>
    </Section>
  )
}

const BROWSERS = [/Edg\//, 'Edge', /OPR\//, 'Opera', /Firefox\//, 'Firefox',
  /Chrome\//, 'Chrome', /Safari\//, 'Safari', /curl\//, 'curl']
const SYSTEMS = [/Android/, 'Android', /iPhone|iPad/, 'iOS', /Mac OS X/,
  'macOS', /Windows/, 'Windows', /CrOS/, 'ChromeOS', /Linux/, 'Linux']

function pick(table, text) {
  const at = table.findIndex((entry) =>
    entry instanceof RegExp && entry.test(text))
  return at < 0 ? '' : table[at + 1]
}

// A browser's User-Agent in two words; anything else as it is.
function deviceName(text) {
  const names = [pick(BROWSERS, text), pick(SYSTEMS, text)].filter(Boolean)
  return names.join(' · ') || text || t.security.unknownDevice
}

function Session({ id, device, address, used_at, current, end }) {
  const name = deviceName(device ?? '')
  return (
    <li>
      <div>
        <strong>{name}</strong>
        {current && <span class="badge">{t.security.thisDevice}</span>}
        <p class="hint">{[address, t.security.lastUsed(formatTime(used_at))]
          .filter(Boolean).join(' · ')}</p>
      </div>
      {!current && <Button aria-label={t.security.endLabel(name)}
        onClick={() => end(id)}>{t.security.end}</Button>}
    </li>
  )
}
