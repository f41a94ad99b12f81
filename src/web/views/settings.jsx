// The account: a tab for each part of it, each with an address of its own.

import { useEffect, useRef } from 'preact/hooks'

import { Icon } from '../parts/icons.jsx'
import { formatTime } from '../core/format.js'
import { href } from '../core/route.js'
import { setTheme, theme, THEMES } from '../core/theme.js'
import { me } from '../state/account.js'
import { t } from '../strings.js'
import { DataTab } from './settings_data.jsx'
import { KeysTab } from './settings_keys.jsx'
import { SecurityTab } from './settings_security.jsx'
import { UsageTab } from './settings_usage.jsx'
import { SideButton } from './sidebar.jsx'

const TABS = {
  account: { icon: 'user', view: AccountTab },
  usage: { icon: 'chart', view: UsageTab },
  security: { icon: 'shield', view: SecurityTab },
  keys: { icon: 'key', view: KeysTab },
  data: { icon: 'download', view: DataTab },
}

export function Settings({ tab }) {
  const here = TABS[tab] ? tab : 'account'
  const View = TABS[here].view
  const tabs = useRef()
  useEffect(() => {
    tabs.current.querySelector('[aria-current]')
      .scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [here])
  return (
    <main class="settings" id="main">
      <header class="head">
        <SideButton />
        <h1>{t.settings.label}</h1>
      </header>
      <div class="settings-body">
        <nav class="tabs" ref={tabs} aria-label={t.settings.label}>
          {Object.entries(TABS).map(([name, { icon }]) => (
            <a key={name} href={href('settings', name)}
              aria-current={name === here ? 'page' : undefined}>
              <Icon name={icon} />{t.settings.tabs[name]}</a>
          ))}
        </nav>
        <div class="tab"><View key={here} /></div>
      </div>
    </main>
  )
}

export function Section({ title, text, children }) {
  return (
    <section class="section">
      <h2>{title}</h2>
      {text && <p class="section-text">{text}</p>}
      {children}
    </section>
  )
}

function AccountTab() {
  const { username, email, created_at, daily_limit } = me.value ?? {}
  return (
    <>
      <Section title={username ?? t.loading} text={email}>
        {created_at && <p class="hint">{t.settings.since(
          formatTime(created_at))} · {t.settings.limit(daily_limit)}</p>}
      </Section>
      <Section title={t.settings.appearance}>
        <fieldset class="choices">
          <legend class="for-readers">{t.side.theme}</legend>
          {THEMES.map((name) => (
            <label key={name}>
              <input type="radio" name="theme" value={name}
                checked={theme.value === name}
                onChange={() => setTheme(name)} />
              <span>{t.side.themes[name]}</span>
            </label>
          ))}
        </fieldset>
      </Section>
    </>
  )
}
