// Taking one's data along, and leaving.

import { useState } from 'preact/hooks'

import { Button } from '../parts/button.jsx'
import { Dialog } from '../parts/dialog.jsx'
import { Form, PasswordField } from '../parts/form.jsx'
import { open } from '../core/http.js'
import { saveFile } from '../core/save.js'
import { removeAccount } from '../state/account.js'
import { attempt } from '../state/toasts.js'
import { t } from '../strings.js'
import { Section } from './settings.jsx'

async function download() {
  const response = await open('GET', '/auth/export')
  saveFile('aichat-export.json', await response.blob(), 'application/json')
}

export function DataTab() {
  const [leaving, setLeaving] = useState(false)
  return (
    <>
      <Section title={t.data.export} text={t.data.exportText}>
        <Button icon="download" onClick={() => attempt(download)}>
          {t.data.exportButton}</Button>
      </Section>
      <Section title={t.data.remove} text={t.data.removeText}>
        <Button kind="danger" icon="trash" onClick={() => setLeaving(true)}>
          {t.data.removeButton}</Button>
      </Section>
      {leaving && <Dialog title={t.data.removeTitle}
        onClose={() => setLeaving(false)}>
        <p>{t.data.removeText}</p>
        <Form kind="danger" action={t.data.removeButton}
          onSend={({ password }) => removeAccount(password)}>
          <PasswordField label={t.data.confirm} name="password"
            autocomplete="current-password" autofocus />
        </Form>
      </Dialog>}
    </>
  )
}
