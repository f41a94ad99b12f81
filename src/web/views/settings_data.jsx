// Taking one's data along, and leaving.

import { useRef, useState } from 'preact/hooks'

import { Button } from '../parts/button.jsx'
import { Dialog } from '../parts/dialog.jsx'
import { Form, PasswordField } from '../parts/form.jsx'
import { open } from '../core/http.js'
import { saveFile } from '../core/save.js'
import { removeAccount } from '../state/account.js'
import { importFile } from '../state/import.js'
import { attempt, toast } from '../state/toasts.js'
import { t } from '../strings.js'
import { Section } from './settings.jsx'

async function download() {
  const response = await open('GET', '/auth/export')
  saveFile('aichat-export.json', await response.blob(), 'application/json')
}

function Import() {
  const input = useRef()
  const [busy, setBusy] = useState(false)
  const take = async () => {
    setBusy(true)
    await attempt(async () =>
      toast(t.data.imported(await importFile(input.current.files[0]))))
    input.current.value = ''
    setBusy(false)
  }
  return (
    <Section title={t.data.import} text={t.data.importText}>
      <input ref={input} type="file" accept=".json,application/json" hidden
        aria-label={t.data.importButton} onChange={take} />
      <Button icon="upload" disabled={busy}
        onClick={() => input.current.click()}>{t.data.importButton}</Button>
    </Section>
  )
}

export function DataTab() {
  const [leaving, setLeaving] = useState(false)
  return (
    <>
      <Import />
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
