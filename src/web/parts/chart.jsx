// Bars by day, stacked by model.

import { formatDay, formatNumber } from '../core/format.js'
import { t } from '../strings.js'

const HEIGHT = 220
const LEFT = 44
const BOTTOM = 24
const TOP = 8
const COLOURS = 6 // style/settings.css has so many

// On a phone fewer units, so that letters keep their size.
const widthNow = () => (innerWidth < 600 ? 350 : 640)

// The days up to today, by UTC, as the server counts them.
function lastDays(n) {
  const today = Date.now()
  return Array.from({ length: n }, (_, i) =>
    new Date(today - (n - 1 - i) * 864e5).toISOString().slice(0, 10))
}

// 1, 2 or 5 times a power of ten, so that there are about four lines.
function stepFor(max) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, max / 4)))
  return [1, 2, 5, 10].map((n) => n * power).find((step) => max / step <= 5)
}

function scaleFor(totals) {
  const max = Math.max(1, ...totals)
  const step = Math.max(1, stepFor(max))
  const top = Math.ceil(max / step) * step
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)
  return { y, lines: Array.from({ length: top / step + 1 }, (_, i) => i * step) }
}

export function Chart({ data, days, valueOf, label }) {
  const dates = lastDays(days)
  const shown = data.filter(({ date }) => dates.includes(date))
  const models = [...new Set(shown.map(({ model }) => model))].sort()
  if (models.length === 0)
    return <p class="nothing">{t.usage.none}</p>
  const width = widthNow()
  const stacks = dates.map((date) => models.map((model) => shown.filter(
    (entry) => entry.date === date && entry.model === model)
    .reduce((sum, entry) => sum + valueOf(entry), 0)))
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        <Bars {...{ dates, stacks, models, width }} />
      </svg>
      <figcaption>
        {models.map((model, i) => (
          <span key={model}><i class={`colour-${i % COLOURS}`} />{model}
            <b>{formatNumber(stacks.reduce((sum, s) => sum + s[i], 0))}</b>
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function Bars({ dates, stacks, models, width }) {
  const { y, lines } = scaleFor(stacks.map((stack) =>
    stack.reduce((a, b) => a + b, 0)))
  const slot = (width - LEFT) / dates.length
  const every = Math.ceil(dates.length / (width / 90))
  return (
    <>
      {lines.map((value) => (
        <g key={value}>
          <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
          <text x={LEFT - 8} y={y(value) + 4} text-anchor="end">
            {formatNumber(value)}</text>
        </g>
      ))}
      {dates.map((date, i) => (
        <g key={date}>
          <Stack x={LEFT + i * slot} width={slot} stack={stacks[i]}
            models={models} y={y} date={date} />
          {(dates.length - 1 - i) % every === 0 &&
            <text x={LEFT + (i + 0.5) * slot} y={HEIGHT - 6}
              text-anchor={i === dates.length - 1 && dates.length > 7
                ? 'end' : 'middle'}>{formatDay(date)}</text>}
        </g>
      ))}
    </>
  )
}

function Stack({ x, width, stack, models, y, date }) {
  const gap = Math.min(4, width * 0.2)
  let below = 0
  return stack.map((value, i) => {
    const from = below
    below += value
    return value > 0 && (
      <rect key={i} class={`colour-${i % COLOURS}`} x={x + gap / 2}
        width={width - gap} y={y(below)} height={y(from) - y(below)} rx="1.5">
        <title>{`${formatDay(date)}, ${models[i]}: ${formatNumber(value)}`}
        </title>
      </rect>
    )
  })
}
