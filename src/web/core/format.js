// Numbers and times as the reader's language writes them; times come from
// the server as seconds, or as ISO 8601.

const number = new Intl.NumberFormat()
const dayAndTime = new Intl.DateTimeFormat(undefined,
  { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined,
  { day: 'numeric', month: 'short' })
const month = new Intl.DateTimeFormat(undefined,
  { month: 'long', year: 'numeric' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

export function toDate(value) {
  return new Date(typeof value === 'number' ? value * 1000 : value)
}

export const formatNumber = (value) => number.format(value)
export const formatTime = (value) => dayAndTime.format(toDate(value))
export const formatMonth = (value) => month.format(toDate(value))
export const formatClock = (date) => clock.format(date)

// A day without a time belongs to UTC, as the day's messages do.
export const formatDay = (iso) => day.format(new Date(`${iso}T12:00:00`))

// Whole days before today, by the reader's calendar.
export function daysAgo(value) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0)
  return Math.round((midnight(Date.now()) - midnight(toDate(value))) / 864e5)
}
