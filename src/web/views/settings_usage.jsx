// The day's messages, and what was used by day and model.

import { useState } from 'preact/hooks'

import { Chart } from '../parts/chart.jsx'
import { Loaded, useLoaded } from '../parts/load.jsx'
import { formatClock, formatDay, formatNumber } from '../core/format.js'
import { allowance, loadUsage } from '../state/account.js'
import { t } from '../strings.js'
import { Section } from './settings.jsx'

const RANGES = [7, 30, 90]
const MEASURES = {
  messages: (entry) => entry.messages,
  tokens: (entry) => (entry.prompt_tokens ?? 0) + (entry.response_tokens ?? 0),
}

export function UsageTab() {
  const [days, setDays] = useState(30)
  const [measure, setMeasure] = useState('messages')
  const [usage] = useLoaded(() => loadUsage(days), [days])
  return (
    <>
      <Today />
      <Section title={t.usage.title}>
        <div class="choice-row">
          <Choices name="measure" values={Object.keys(MEASURES)} is={measure}
            label={(value) => t.usage[value]} choose={setMeasure} />
          <Choices name="days" values={RANGES} is={days}
            label={t.usage.range} choose={setDays} />
        </div>
        <Loaded value={usage}>{(data) => (
          <>
            <Chart data={data} days={days} valueOf={MEASURES[measure]}
              label={t.usage.chart(t.usage[measure], days)} />
            <Table data={data} />
          </>
        )}</Loaded>
      </Section>
    </>
  )
}

function Today() {
  const left = allowance.value
  if (left === null)
    return null
  const used = left.limit - left.remaining
  return (
    <Section title={t.usage.today}>
      <p class="today">
        <strong>{t.usage.of(used, left.limit)}</strong>
        <span class="hint">{t.usage.resets(formatClock(left.resets))}</span>
      </p>
      <progress value={used} max={Math.max(1, left.limit)}
        aria-label={t.usage.of(used, left.limit)} />
    </Section>
  )
}

function Choices({ name, values, is, label, choose }) {
  return (
    <fieldset class="choices">
      <legend class="for-readers">{t.usage[name]}</legend>
      {values.map((value) => (
        <label key={value}>
          <input type="radio" name={name} checked={value === is}
            onChange={() => choose(value)} />
          <span>{label(value)}</span>
        </label>
      ))}
    </fieldset>
  )
}

function Table({ data }) {
  if (data.length === 0)
    return null
  return (
    <details class="as-table">
      <summary>{t.usage.table}</summary>
      <div class="table" tabIndex={0} role="region"
        aria-label={t.usage.table}>
        <table>
          <thead><tr><th scope="col">{t.usage.date}</th>
            <th scope="col">{t.usage.model}</th>
            <th scope="col">{t.usage.messages}</th>
            <th scope="col">{t.usage.prompt}</th>
            <th scope="col">{t.usage.response}</th></tr></thead>
          <tbody>
            {data.map((entry) => (
              <tr key={`${entry.date} ${entry.model}`}>
                <td>{formatDay(entry.date)}</td><td>{entry.model}</td>
                <td>{formatNumber(entry.messages)}</td>
                <td>{formatNumber(entry.prompt_tokens ?? 0)}</td>
                <td>{formatNumber(entry.response_tokens ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
