// Signing up and logging in, with a second step where that is set up.

import { useState } from 'preact/hooks'

import { Button } from '../parts/button.jsx'
import { Field, Form, PasswordField } from '../parts/form.jsx'
import { Logo } from '../parts/icons.jsx'
import { go } from '../core/route.js'
import { logIn, resetPassword, signUp } from '../state/account.js'
import { toast } from '../state/toasts.js'
import { t } from '../strings.js'

export function Auth({ view, id }) {
  const [first, setFirst] = useState(null) // name and password, before a code
  const page = first ? <SecondStep first={first} back={() => setFirst(null)} />
    : view === 'reset' ? <Reset token={id} />
      : view === 'signup' ? <SignUp /> : <LogIn onSecond={setFirst} />
  return <main class="auth" id="main">{page}</main>
}

function Card({ title, lead, children }) {
  return (
    <div class="auth-card">
      <Logo />
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      {children}
    </div>
  )
}

const nameField = { name: 'username', autocomplete: 'username',
  autocapitalize: 'none', spellcheck: false }

function LogIn({ onSecond }) {
  const send = async (fields) => {
    try {
      await logIn(fields)
    } catch (error) {
      if (error.code !== 'otp_required')
        throw error
      onSecond(fields)
    }
  }
  return (
    <Card title={t.auth.welcome} lead={t.auth.lead}>
      <Form key="login" onSend={send} action={t.auth.logIn}>
        <Field label={t.auth.username} {...nameField} autofocus />
        <PasswordField label={t.auth.password} name="password"
          autocomplete="current-password" />
      </Form>
      <p class="other">{t.auth.noAccount} <a href="#/signup">
        {t.auth.signUp}</a></p>
    </Card>
  )
}

function SignUp() {
  return (
    <Card title={t.auth.create} lead={t.auth.lead}>
      <Form key="signup" onSend={signUp} action={t.auth.signUp}>
        <Field label={t.auth.email} name="email" type="email"
          autocomplete="email" autofocus />
        <Field label={t.auth.username} {...nameField} />
        <PasswordField label={t.auth.password} name="password"
          autocomplete="new-password" hint={t.auth.passwordHint} />
      </Form>
      <p class="other">{t.auth.haveAccount} <a href="#/login">
        {t.auth.logIn}</a></p>
    </Card>
  )
}

// By a link an operator made; the token is behind #, which no server logs.
function Reset({ token }) {
  const send = async ({ password }) => {
    await resetPassword(token, password)
    toast(t.auth.resetDone)
    go('login', '', { replace: true })
  }
  return (
    <Card title={t.auth.reset} lead={t.auth.lead}>
      <Form key="reset" onSend={send} action={t.auth.resetAction}>
        <PasswordField label={t.security.next} name="password"
          autocomplete="new-password" hint={t.auth.passwordHint} autofocus />
      </Form>
      <p class="other"><a href="#/login">{t.auth.back}</a></p>
    </Card>
  )
}

function SecondStep({ first, back }) {
  return (
    <Card title={t.auth.otpLead} lead={t.auth.otpHint}>
      <Form key="otp" onSend={({ otp }) => logIn({ ...first, otp: otp.trim() })}
        action={t.auth.verify}>
        <Field label={t.auth.otp} name="otp" autocomplete="one-time-code"
          autocapitalize="none" spellcheck={false} autofocus />
      </Form>
      <p class="other"><Button kind="link" onClick={back}>
        {t.auth.back}</Button></p>
    </Card>
  )
}
